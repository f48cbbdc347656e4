"""Embeddings of deep networks: splits, mixings and inserted layers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import COMMON, critical_deep, shares

from suffice.landscape import (
    Deepening,
    embed,
    inertia,
    Splitting,
)
from suffice.models import Activation, DeepNetwork
from suffice.reduction import reduce

KEY = jax.random.key(0)


SMOOTH = Activation(
    "smooth", lambda z: z + 0.15 * jnp.maximum(1 - z, 0) ** 4 * jnp.exp(0.3 * z)
)


def test_the_points_of_these_tests_are_critical_by_automatic_differentiation():
    narrow, x, y = critical_deep(np.random.default_rng(2), "tanh", (2, 2, 2, 2))

    def loss(model):
        return 0.5 * jnp.sum((jax.vmap(model)(x) - y) ** 2)

    gradient = np.concatenate(
        [np.ravel(g) for g in jax.tree.leaves(jax.grad(loss)(narrow))]
    )
    assert np.abs(gradient).max() < 1e-13
    assert loss(narrow) == pytest.approx(0.5)  # a residual of norm one


@pytest.mark.parametrize("activation", COMMON)
def test_the_inertia_of_deep_splits_is_predicted(activation):
    """20 cases of each activation: one and two hidden layers, 1 or 2 outputs."""
    rng = np.random.default_rng(11)
    for case in range(20):
        deep = case % 5 > 0
        hidden = (2, 2) if deep else (2,)
        narrow, x, y = critical_deep(rng, activation, (2, *hidden, 1 + case % 2))
        lower, upper = shares(rng, 3), shares(rng, 2)
        groups = ((0, 1, 0, 0), (0, 1, 1))[: len(hidden)]
        parts = ((lower[0], 1, *lower[1:]), (1, *upper))[: len(hidden)]
        flat = groups[0], parts[0]
        kind = Splitting(*(flat if not deep else (groups, parts)))
        found = embed(narrow, x, y, width=(4, 3)[: len(hidden)], kind=kind)
        measured = inertia(found.point, x, y)
        assert found.gradient < 1e-8  # relative, and ReLU layers may be nearly dead
        same = measured.signature == found.predicted
        assert same or found.doubtful or measured.doubtful


@pytest.mark.parametrize("activation", COMMON)
def test_the_compatible_embedding_is_critical_and_its_family_is_the_kernel(activation):
    """(2, 2) -> (4, 3): 2 + 1 + 2 x 1 = 5 dimensions; reduction undoes it."""
    rng = np.random.default_rng(8)
    narrow, x, y = critical_deep(rng, activation)
    wide = embed(narrow, x, y, width=(4, 3), kind="compatible", key=KEY)
    assert wide.gradient < 1e-8
    assert wide.difference < 1e-13
    assert wide.predicted is None  # eigenvalues may change sign along the family
    measured, before = inertia(wide.point, x, y), inertia(narrow, x, y)
    if activation != "relu":
        assert wide.dimension == 5
        assert measured.zero == 5 or measured.doubtful
        assert measured.negative >= before.negative
    back = reduce(wide.point, tolerance=1e-10)
    assert back.widths == (2, 2)
    values = np.asarray(jax.vmap(back.model)(x)) - np.asarray(jax.vmap(narrow)(x))
    assert np.abs(values).max() < 1e-12


@pytest.mark.parametrize("activation", COMMON)
def test_reduction_undoes_a_larger_compatible_embedding(activation):
    narrow, x, y = critical_deep(np.random.default_rng(1), activation)
    wide = embed(narrow, x, y, width=(5, 5), kind="compatible", key=KEY)
    back = reduce(wide.point, tolerance=1e-10)
    assert back.widths == (2, 2)
    values = np.asarray(jax.vmap(back.model)(x)) - np.asarray(jax.vmap(narrow)(x))
    assert np.abs(values).max() < 1e-13


def test_a_mixing_that_ignores_the_weighted_sums_is_not_critical():
    """The negative control: the outputs stay, the gradient does not."""
    narrow, x, y = critical_deep(np.random.default_rng(1), "tanh")
    wide = embed(narrow, x, y, width=(4, 3), kind="splitting").point
    tilt = np.zeros((3, 4))
    tilt[0, [0, 2]] = 0.3, -0.3  # neurons 0 and 2 of the first layer are equal
    weights = (wide.weights[0], wide.weights[1] + tilt, wide.weights[2])
    other = DeepNetwork(weights, wide.biases, wide.activation)
    found = embed(other, x, y, width=(4, 3))
    values = np.asarray(jax.vmap(other)(x)) - np.asarray(jax.vmap(narrow)(x))
    assert np.abs(values).max() < 1e-13
    assert found.gradient > 1e-3


@pytest.mark.parametrize("activation", ["smooth", "relu", "leaky-relu"])
@pytest.mark.parametrize(("width", "family"), [(3, 11), (4, 16)])
def test_a_layer_inserted_on_a_straight_piece(activation, width, family):
    rng = np.random.default_rng(6)
    given = SMOOTH if activation == "smooth" else activation
    narrow, x, y = critical_deep(rng, given, (2, 2, 2))
    before = inertia(narrow, x, y).signature
    interval = (1.0, np.inf) if activation == "smooth" else None
    kind = Deepening(after=1, width=width, interval=interval)
    deep = embed(narrow, x, y, kind=kind, key=KEY)
    measured = inertia(deep.point, x, y)
    assert deep.difference < 1e-12
    assert deep.gradient < 1e-10
    assert deep.dimension == family
    assert measured.signature == deep.predicted
    assert measured.signature[:2] == before[:2]


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu"])
def test_a_layer_of_a_curved_activation_is_refused(activation):
    narrow, x, y = critical_deep(np.random.default_rng(0), activation, (2, 2, 2))
    with pytest.raises(ValueError, match=f"{activation} is not known to be a straight"):
        embed(narrow, x, y, kind="deepening", key=KEY)
    with pytest.raises(ValueError, match="no straight line between 0 and 1"):
        embed(narrow, x, y, kind=Deepening(interval=(0.0, 1.0)), key=KEY)
    with pytest.raises(ValueError, match="at least 2"):
        embed(narrow, x, y, kind=Deepening(width=1), key=KEY)
