"""Ablations on circuits that are wired by hand, and against single forward passes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from slow_cases import slow
from test_circuits import circuit, copying, idle, network, ONE_STEP, PLACE, TOKEN, X

from suffice.models import OrthogonalNoise, Transformer
from suffice.reasoning import ablate

BATCH = ONE_STEP.batch(jax.random.key(0), 60)
TOO_FEW = ONE_STEP.batch(jax.random.key(0), 1)
HEADS = [f"layer {layer}, head 0" for layer in range(4)]


@pytest.mark.parametrize("by", ["mean", *slow("zero", "resample")])
@pytest.mark.parametrize(("low", "high"), [(1, 3), *slow((0, 1), (1, 2))])
def test_without_a_head_of_the_circuit_the_answer_is_lost(by, low, high):
    pair = low, high
    found = ablate(circuit("induction", *pair), BATCH, by=by, parts=HEADS)
    for layer in range(4):
        change = found.accuracy.changes[layer]
        if layer in pair:
            assert change < -0.5
            assert found.difference.changes[layer] < 0 < found.loss.changes[layer]
        else:
            assert change == found.loss.changes[layer] == found.loss.errors[layer] == 0
    assert found.accuracy.whole == 1
    assert HEADS.index(found.parts[found.costliest]) in pair


@pytest.mark.slow
def test_a_constant_head_counts_under_zero_only():
    constant = idle()
    constant["v"][PLACE.start, TOKEN.start] = 1
    constant["o"][TOKEN.start, 42 * 2 : 42 * 3] = -30 * X[0]
    layers = {0: copying(), 2: constant}
    by = {kind: ablate(network(layers), BATCH, by=kind, parts=[HEADS[2]])
          for kind in ("zero", "mean", "resample")}  # fmt: skip
    assert abs(by["zero"].loss.changes[0]) > 0.1
    for kind in ("mean", "resample"):
        np.testing.assert_allclose(by[kind].loss.changes, 0, atol=1e-9)
        assert by[kind].headline().startswith("No part raises the loss")


def random_model(**more):
    return Transformer.normal(
        41, 9, 2, 12, key=jax.random.key(1), heads=2, hidden=16, rate=0.3, bias=True,
        **more,
    )  # fmt: skip


@pytest.mark.slow
def test_parts_are_replaced_as_a_visit_replaces_them():
    """Heads by their slow twin, a network whose output matrix is zero there."""
    model = random_model(norm="pre")
    found = ablate(model, BATCH, by="zero")
    assert found.parts[:4] == (
        "layer 0, head 0", "layer 0, head 1", "layer 0, attention",
        "layer 0, perceptron",
    )  # fmt: skip

    def loss(swap):
        def one(tokens, label):
            logits = model(tokens, visit=swap)[-1]
            return jax.nn.logsumexp(logits) - logits[label]

        return jax.vmap(one)(BATCH.tokens, BATCH.label)

    swaps = {
        "layer 1, head 0": lambda n, v: v.at[0].set(0) if n == "blocks.1.attn.z" else v,
        "layer 0, attention": lambda n, v: 0 * v if n == "blocks.0.attn_out" else v,
        "layer 1, perceptron": lambda n, v: 0 * v if n == "blocks.1.mlp_out" else v,
    }
    whole = loss(lambda n, v: v)
    np.testing.assert_allclose(found.loss.whole, whole.mean(), rtol=1e-6)
    for name, swap in swaps.items():
        change, at = np.asarray(loss(swap) - whole), found.parts.index(name)
        np.testing.assert_allclose(found.loss.changes[at], change.mean(), atol=1e-6)
        error = change.std(ddof=1) / len(change) ** 0.5
        np.testing.assert_allclose(found.loss.errors[at], error, atol=1e-6)


def test_noise_belongs_to_its_head():
    noise = OrthogonalNoise(None, "random", (0.5, 0.7), 0)
    model = Transformer.normal(
        41, 9, 2, 12, key=jax.random.key(1), rate=0.3, noise=noise
    )
    found = ablate(model, BATCH, by="zero")  # one head is all of attention, no bias
    changes = found.loss.changes
    assert np.abs(changes).min() > 1e-4
    np.testing.assert_allclose(changes[::2], changes[1::2], atol=1e-9)


def test_the_other_answer_may_be_given():
    model = random_model()
    other = (BATCH.label + 1 - 20) % 21 + 20
    found = ablate(model, BATCH, parts=["layer 0, head 0"], against=other)
    logits = jax.vmap(model.last)(BATCH.tokens)
    rows = jnp.arange(len(other))
    want = jnp.mean(logits[rows, BATCH.label] - logits[rows, other])
    np.testing.assert_allclose(found.difference.whole, want, rtol=1e-6)


def test_wrong_questions_are_refused(unchecked):
    model = random_model()
    with pytest.raises(
        ValueError, match=r"parts has '0\.1'; .* This model has layer 0,"
    ):
        ablate(model, BATCH, parts=["0.1"])
    with pytest.raises(ValueError, match="by is 'noise'; expected one of zero, mean"):
        ablate(model, BATCH, by="noise")
    with pytest.raises(ValueError, match="batch has 1 sequences; expected at least 2"):
        ablate(model, TOO_FEW)
    with pytest.raises(ValueError, match=r"expected a suffice\.models\.Transformer"):
        ablate(lambda tokens: tokens, BATCH)
    for parts in ("layer 0, head 0", []):
        with pytest.raises(ValueError, match="expected a list of names"):
            ablate(model, BATCH, parts=parts)


@pytest.mark.parametrize("other", [np.zeros(3, int), np.zeros(len(BATCH.label)), 10**6])
def test_other_answers_that_are_no_tokens_are_refused(other, unchecked):
    other = np.full(len(BATCH.label), other) if isinstance(other, int) else other
    with pytest.raises(ValueError, match=r"against has type .* expected one token"):
        ablate(random_model(), BATCH, against=other)


def test_models_that_cannot_read_the_batch_are_refused():
    model = random_model()
    few = BATCH._replace(tokens=BATCH.tokens.at[0, 0].set(len(model.embed)))
    long = BATCH._replace(tokens=jnp.tile(BATCH.tokens, 9))
    for batch in (few, long):
        with pytest.raises(ValueError, match=r"model knows .* tokens and .* positions"):
            ablate(model, batch)
    diverged = jax.tree.map(lambda leaf: leaf * jnp.nan, model)
    with pytest.raises(ValueError, match="logits are not finite"):
        ablate(diverged, BATCH)
