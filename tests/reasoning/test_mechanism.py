"""The analyses on transformers whose mechanism is known by construction."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from handmade import (
    deeper,
    neither,
)
from solvers import SOLVERS, TASK

from suffice.reasoning import (
    AnchorTask,
    answer_rates,
    as_view,
    ChainTask,
    commutativity,
    head_scores,
    information_flow,
    knock_out,
    matching_kernel,
)
from suffice.reasoning._analyses._behaviour import deviations
from suffice.reasoning._analyses._knock_out import cut_edges, EDGES
from suffice.reasoning._analyses._vectors import anchor_values, last_vectors

BATCH = TASK.batch(jax.random.key(0), 256)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOLVERS)
def test_the_two_circuits_answer_alike_and_are_told_apart(name):
    model, sign = SOLVERS[name]
    rates = answer_rates(model, BATCH)
    assert rates.given == rates.inferential == 1
    assert information_flow(model, BATCH).score * sign > 0.999
    cut = knock_out(model, BATCH)
    assert (cut.full, cut.score) == (1, sign)
    used = {
        "inferential": {(0, 0), (0, 1), (1, 4), (1, 5)},
        "symmetric": {(0, 4), (0, 5), (1, 3)},
    }[name]
    for layer in range(2):
        for edge in range(len(EDGES)):
            needed = (layer, edge) in used
            assert (cut.edges[layer, edge] < 0.5) == needed, (layer, EDGES[edge])
            if not needed:
                assert cut.edges[layer, edge] == 1


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("name", SOLVERS)
def test_a_circuit_is_told_in_whichever_layers_it_is(name, at):
    model, sign = SOLVERS[name]
    cut = knock_out(deeper(model, at), BATCH)
    assert (cut.full, cut.score) == (1, sign)
    assert cut.split == (2 if at == 0 else 1)
    assert max(cut.inferential, cut.symmetric) > 0.95


def test_a_blind_transformer_has_no_mechanism():
    """Even attention has no circuit, yet its flow leans to one side.

    The rows of early positions are short, so each of their edges weighs more.
    """
    model = neither()
    assert answer_rates(model, BATCH).given < 0.1
    cut = knock_out(model, BATCH)
    assert np.isnan(cut.score)
    assert cut.headline() == "The answer depends on neither route."
    p = np.asarray(BATCH.meta["key"])
    kept = p + 2 < 8
    want = (2 / 9 * (1 / (p + 2) + 1 / (p + 3)) / 2)[kept].mean(), 2 / 81
    flow = information_flow(model, BATCH)
    np.testing.assert_allclose(flow.inferential, want[0])
    np.testing.assert_allclose(flow.symmetric, want[1])
    assert 0.2 < flow.score < 0.5


@pytest.mark.slow
def test_pairs_commute_where_their_maps_do():
    key = jax.random.key(1)
    for model, _ in SOLVERS.values():
        same = commutativity(model, AnchorTask.exception(), (3, 4), key=key, size=128)
        assert same == 1
        unseen = AnchorTask.exception().batch(key, 128, "unseen")
        assert deviations(model, unseen) == {0: 1.0}
        rates = answer_rates(model, unseen)
        assert (rates.inferential, rates.symmetric) == (1, 0)
    blind = commutativity(neither(), TASK, (3, 4), key=key, size=128)
    assert blind == 1  # it sees sums only
    off = deviations(neither(), unseen)
    assert len(off) > 5
    assert abs(sum(off.values()) - 1) < 1e-12
    assert list(off.values()) == sorted(off.values(), reverse=True)


def test_cut_edges_are_those_that_are_named():
    cut = cut_edges(BATCH, 3, [0, 2], [("last", "key"), ("second", "first")])
    assert cut.shape == (3, 256, 9, 9)
    assert not cut[1].any()
    np.testing.assert_array_equal(cut[0], cut[2])
    for i in (0, 17, 200):
        k, (a, b) = int(BATCH.meta["key"][i]), BATCH.meta["anchors"][i].tolist()
        assert np.argwhere(cut[0, i]).tolist() == [[b, a], [8, k]]


@pytest.mark.slow
def test_vectors_are_taken_where_they_are_meant():
    model, _ = SOLVERS["inferential"]
    seen = as_view(model).run(BATCH.tokens)
    v, u = last_vectors(model, BATCH), anchor_values(model, BATCH)
    for i in (0, 100):
        one = model.intermediates(BATCH.tokens[i])
        np.testing.assert_allclose(v[i], one["blocks.1.resid_mid"][-1])
        at = BATCH.meta["anchors"][i, 0]
        np.testing.assert_allclose(u[i], one["blocks.1.attn.v"][0, at])
        np.testing.assert_allclose(seen.logits[i], one["logits"][-1])
        np.testing.assert_allclose(
            seen.pattern[:, i], [one[f"blocks.{j}.attn.pattern"] for j in (0, 1)]
        )
    x = BATCH.tokens[jnp.arange(256), BATCH.meta["key"]]
    np.testing.assert_allclose(u[:, 0], x, rtol=1e-9)


def test_wrong_questions_are_refused(key):
    model, _ = SOLVERS["inferential"]
    for path in ([(0, 0)], [(0, 0), (2, 0)], [(1, 0), (0, 0)], [(-1, 0), (1, 0)]):
        with pytest.raises(
            ValueError, match=r"path is .* increasing layers from 0 to 1"
        ):
            matching_kernel(model, path)
    with pytest.raises(ValueError, match="expected a batch of a ChainTask"):
        head_scores(model, BATCH)
    single = AnchorTask.identity().batch(key, 4)
    with pytest.raises(ValueError, match=r"2 layers and the batch anchors of shape"):
        information_flow(model, single)
    with pytest.raises(ValueError, match=r"batch anchors of shape None"):
        knock_out(model, ChainTask().batch(key, 4))
    strange = BATCH._replace(tokens=BATCH.tokens.at[0, 0].set(10**6))
    for analysis in (knock_out, information_flow):
        with pytest.raises(ValueError, match=r"the batch has the token 1000000 and"):
            analysis(model, strange)
