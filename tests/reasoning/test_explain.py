"""All analyses at once, on transformers whose mechanism is known by construction."""

import dataclasses

import numpy as np
import pytest
from handmade import inferential, neither, symmetric

from suffice.papers._matching_wired import wired
from suffice.reasoning import AnchorTask, ChainTask, Decoder, explain
from suffice.training import member

MASKED = AnchorTask.both_masked()


@pytest.mark.slow
def test_a_network_wired_to_infer_is_found_out():
    found = explain(inferential(), MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("inferential", "inferential")
    assert found.rates.inferential > 0.99
    assert max(found.deviations) == 0
    assert found.headline().startswith("Inferential: (4, 3)")


def test_behaviour_and_mechanism_are_two_axes():
    # The symmetric route with an additive code gives the inferential answers too.
    found = explain(symmetric(), MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("inferential", "symmetric")


def test_a_network_that_looks_at_everything_alike_is_unfit():
    found = explain(neither(), MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("unfit", "open")
    assert "seen pairs" in found.headline()


@pytest.mark.slow
def test_a_network_wired_to_match_generalises_by_matching():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    found = explain(wired(256, 1), task, size=200)
    assert found.verdict == "generalising"
    assert found.matches
    assert found.available == 1.0
    assert min(found.attention_outside) > 0.9
    assert found.to_dict()["hops"][0]["trained"]["top"] > 0.9


@pytest.mark.slow
def test_the_bound_is_applied_sample_by_sample():
    model = member(Decoder(2, 8, 8, key_dim=4).build(61, 9, np.arange(1), 0), 0)
    task = ChainTask(steps=2, pairs=4, tokens=(20, 61))
    found = explain(model, task, size=50)
    assert found.matches is None  # one layer above layer 0, two steps
    assert found.available == 0.0
    assert np.isnan(found.outside_available)
    deeper = dataclasses.replace(Decoder(3, 8, 8, key_dim=4))
    model = member(deeper.build(61, 9, np.arange(1), 0), 0)
    assert explain(model, task, size=50).available == 1.0


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (AnchorTask.both_masked(length=12), "positions"),
        (AnchorTask({1: 5, 2: 1}), "unseen"),
    ],
)
def test_bad_input_is_refused(task, words):
    model = member(Decoder(2, 8, 8).build(201, 9, np.arange(1), 0), 0)
    with pytest.raises(ValueError, match=words):
        explain(model, task)
    with pytest.raises(ValueError, match="size"):
        explain(model, MASKED, size=0)
