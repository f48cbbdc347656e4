"""All analyses at once, on transformers whose mechanism is known by construction."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from handmade import inferential, neither, symmetric

from suffice.papers.matching._wired import wired
from suffice.reasoning import (
    AnchorTask,
    as_view,
    Batch,
    ChainTask,
    Decoder,
    explain,
    View,
)
from suffice.reasoning._analyses._loss import answers, last_logits
from suffice.training import member

MASKED = AnchorTask.both_masked()


@pytest.mark.slow
def test_a_network_wired_to_infer_is_found_out():
    found = explain(inferential(), MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("inferential", "inferential")
    assert [pair.pair for pair in found.unseen] == [(3, 4), (4, 3)]
    assert min(pair.rates.inferential for pair in found.unseen) > 0.99
    assert max(found.deviations) == 0
    assert found.headline().startswith("Inferential: (3, 4) and (4, 3) are composed")


@pytest.mark.slow
def test_behaviour_and_mechanism_are_two_axes():
    # The symmetric route with an additive code gives the inferential answers too.
    found = explain(symmetric(), MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("inferential", "symmetric")
    assert found.headline().endswith("depend on the symmetric route.")
    both = dataclasses.replace(found, mechanism="both")
    assert both.headline().endswith("depend on both routes.")


@pytest.mark.slow
def test_a_network_that_looks_at_everything_alike_is_unfit():
    found = explain(neither(), MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("unfit", "open")
    assert "seen pairs" in found.headline()


@pytest.mark.slow
def test_a_network_wired_to_match_generalises_by_matching():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    found = explain(wired(256, 1), task, size=200)
    assert found.verdict == "generalising"
    assert found.circuit == "induction"
    assert found.available == 1.0
    assert min(found.attention_outside) > 0.9
    assert found.to_dict()["hops"][0]["trained"]["top"] > 0.9


@pytest.mark.slow
def test_the_head_that_matches_is_found_among_others():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    model = wired(256, 1)

    def heads(m):
        return [getattr(b.attention, name) for b in m.blocks for name in "qkvo"]

    more = [jnp.concatenate([jnp.zeros_like(w), w]) for w in heads(model)]
    found = explain(eqx.tree_at(heads, model, more), task, size=100)
    assert found.path == ((0, 1), (1, 1))
    assert found.circuit == "induction"
    assert found.copying > 0.99
    assert min(found.attention_outside) > 0.9
    nothing = [jnp.zeros_like(w) for w in more]
    blind = explain(eqx.tree_at(heads, model, nothing), task, size=100)
    assert blind.circuit == "none"


class Only(eqx.Module):
    """A view and nothing else: it cannot be called."""

    view: View

    layers = property(lambda self: self.view.layers)
    heads = property(lambda self: self.view.heads)
    embed = property(lambda self: self.view.embed)
    positions = property(lambda self: self.view.positions)

    def normalised(self, layer):
        return self.view.normalised(layer)

    def head(self, layer, head):
        return self.view.head(layer, head)

    def run(self, tokens, cut=None):
        return self.view.run(tokens, cut)


@pytest.mark.slow
def test_a_view_is_enough():
    model = symmetric()
    mine = Only(as_view(model))
    tokens = MASKED.batch(jax.random.key(0), 20).tokens
    np.testing.assert_allclose(last_logits(mine, tokens), last_logits(model, tokens))
    np.testing.assert_array_equal(answers(mine, tokens), answers(model, tokens))
    found = explain(mine, MASKED, size=200)
    assert (found.verdict, found.mechanism) == ("inferential", "symmetric")


@dataclasses.dataclass(frozen=True)
class Mean:
    """A task of another kind."""

    groups = ("train",)
    vocab, length = 201, 9

    def batch(self, key, size, group="train"):
        tokens = jax.random.randint(key, (size, 9), 20, 100)
        return Batch(tokens, tokens[:, 3], {})


def test_a_task_whose_answers_are_not_known_is_refused():
    with pytest.raises(ValueError, match="task is a Mean; expected an AnchorTask or a"):
        explain(symmetric(), Mean())


@pytest.mark.slow
def test_the_bound_is_applied_sample_by_sample():
    model = member(Decoder(2, 8, 8, key_dim=4).build(61, 9, np.arange(1), 0), 0)
    task = ChainTask(steps=2, pairs=4, tokens=(20, 61))
    found = explain(model, task, size=50)
    assert found.circuit is None  # one layer above layer 0, two steps
    assert found.available == 0.0
    assert np.isnan(found.outside_available)
    two = ChainTask(steps=2, pairs=4, layout="double", tokens=(20, 61))
    assert explain(model, two, size=50).available == 0.0
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
