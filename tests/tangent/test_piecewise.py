"""Functional dimension of ReLU networks, against a table and independent searches."""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rectified import network

from suffice.models import (
    Activation,
    activation,
    DeepNetwork,
    Piece,
    TwoLayer,
)
from suffice.tangent import tangent_rank
from suffice.tangent._piecewise import _piecewise_rank
from suffice.tangent._piecewise._basis import ModularBasis
from suffice.tangent._piecewise._cells import cells, whole_space
from suffice.tangent._piecewise._integer_network import integer_network
from suffice.tangent._piecewise._piecewise_rank import piecewise_rank
from suffice.tangent._piecewise._symmetries import scaling_bound

LEAKY = dataclasses.replace(
    activation("leaky-relu"),
    name="leaky by a quarter",
    function=lambda z: jnp.where(z > 0, z, 0.25 * z),
    tilt=1.25,
    pieces=(Piece(slope=0.25), Piece(slope=1.0)),
)

# Widths, seed, activation, whether with biases; M - H, regions, rank.
TABLE = [
    ((1, 2, 1), 3, "relu", True, 5, 3, 5),
    ((1, 3, 1), 3, "relu", True, 7, 4, 7),
    ((1, 4, 1), 4, "relu", True, 9, 5, 9),
    ((1, 2, 2, 1), 3, "relu", True, 9, 7, 9),
    ((1, 3, 3, 1), 3, "relu", True, 16, 6, 9),
    ((1, 3, 3, 1), 4, "relu", True, 16, 7, 11),
    ((1, 3, 3, 3, 1), 3, "relu", True, 25, 8, 13),
    ((1, 4, 4, 1), 5, "relu", True, 25, 8, 16),
    ((2, 2, 1), 3, "relu", True, 7, 4, 7),
    ((2, 3, 1), 1, "relu", True, 10, 7, 10),
    ((2, 4, 1), 3, "relu", True, 13, 11, 13),
    ((2, 2, 2, 1), 3, "relu", True, 11, 9, 11),
    ((2, 3, 3, 1), 1, "relu", True, 19, 21, 19),
    ((2, 3, 3, 1), 3, "relu", True, 19, 21, 19),
    ((2, 3, 3, 3, 1), 1, "relu", True, 28, 31, 27),
    ((2, 3, 3, 3, 1), 3, "relu", True, 28, 39, 28),
    ((2, 3, 3, 3, 1), 4, "relu", True, 28, 53, 28),
    ((2, 3, 3, 3, 1), 5, "relu", True, 28, 45, 28),
    ((2, 4, 4, 1), 3, "relu", True, 29, 41, 29),
    ((2, 3, 3, 1), 1, "relu", False, 12, 11, 11),
    ((2, 3, 3, 1), 3, "relu", False, 12, 9, 9),
    ((2, 3, 3, 1), 4, "relu", False, 12, 12, 12),
    ((2, 2, 2, 2, 1), 3, "relu", True, 15, 12, 13),
    ((3, 3, 1), 3, "relu", True, 13, 8, 13),
    ((3, 3, 3, 1), 1, "relu", True, 22, 35, 22),
    ((3, 2, 3, 1), 3, "relu", True, 16, 11, 16),
    ((3, 3, 3, 3, 1), 3, "relu", True, 31, 66, 31),
    ((3, 4, 4, 1), 3, "relu", True, 33, 85, 33),
    ((2, 3, 3, 1), 1, LEAKY, True, 19, 24, 19),
    ((2, 3, 3, 3, 1), 1, LEAKY, True, 28, 48, 28),
    ((1, 3, 3, 1), 3, LEAKY, True, 16, 7, 13),
    ((3, 3, 3, 1), 1, LEAKY, True, 22, 42, 22),
    ((2, 3, 2), 3, "relu", True, 14, 7, 14),
    ((2, 3, 3, 2), 3, "relu", True, 23, 21, 23),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}")
def test_the_table_of_exact_ranks(row):
    """34 networks whose rank was found by other means: over Q, and by spectra."""
    widths, seed, function, bias, bound, regions, rank = row
    model = network(widths, seed, function, bias)
    integers = integer_network(model)
    answer = piecewise_rank(model)
    assert scaling_bound(integers) == bound
    assert len(cells(integers, whole_space(widths[0]), limit=1000).polyhedra) == regions
    assert (answer.value, answer.status) == (rank, "exact")


def naive_rank(model, key, n=4000):
    """Singular values of the tangent matrix at many random inputs."""
    scale = jnp.exp(jax.random.uniform(key, (n, 1), minval=-3.0, maxval=3.0))
    x = scale * jax.random.normal(jax.random.fold_in(key, 1), (n, model.inputs))
    slopes = jax.vmap(jax.grad(lambda m, x: jnp.sum(m(x))), (None, 0))(model, x)
    leaves = [leaf.reshape(n, -1) for leaf in jax.tree.leaves(slopes)]
    return np.linalg.matrix_rank(np.concatenate(leaves, axis=1), rtol=1e-11)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("widths", [(1, 3, 2, 1), (2, 3, 2, 1), (3, 2, 2, 1)])
def test_no_sample_shows_more_and_many_samples_show_all_but_small_regions(
    widths, seed, key
):
    model = DeepNetwork.normal(
        widths, key=jax.random.fold_in(key, seed), activation="relu"
    )
    answer = piecewise_rank(model)
    assert answer.status == "exact"
    assert answer.value - 6 <= naive_rank(model, key) <= answer.value


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_the_rank_does_not_depend_on_scale_order_and_signs_of_the_inputs(seed):
    model = network((2, 3, 3, 3, 1), seed)
    w, b = list(model.weights), list(model.biases)
    factors = jnp.asarray([2.0**-300, 8.0, 2.0**200])
    w[0], b[0] = factors[:, None] * w[0][::-1], factors * b[0][::-1]
    w[1] = w[1][:, ::-1] / factors[None]
    w[0] = w[0] * jnp.asarray([[1.0, -1.0]])
    moved = DeepNetwork(tuple(w), tuple(b), "relu")
    assert piecewise_rank(moved).value == piecewise_rank(model).value


def test_copies_of_a_neuron_and_silent_neurons_add_nothing():
    model = network((2, 3, 3, 1), 3)
    (w1, w2, w3), (b1, b2, b3) = model.weights, model.biases
    doubled = DeepNetwork(
        (
            jnp.concatenate([w1, w1[:1], jnp.zeros((1, 2))]),
            jnp.concatenate(
                [w2.at[:, 0].mul(0.25), 0.75 * w2[:, :1], 0 * w2[:, :1]], 1
            ),
            w3,
        ),
        (jnp.concatenate([b1, b1[:1], jnp.zeros(1)]), b2, b3),
        "relu",
    )
    x = jax.random.normal(jax.random.key(0), (50, 2))
    assert jnp.allclose(jax.vmap(doubled)(x), jax.vmap(model)(x), atol=1e-12)
    assert piecewise_rank(doubled).value == piecewise_rank(model).value == 19


def test_a_neuron_on_its_kink_forbids_a_value_below_the_bound():
    """A zero bias and silent inputs: neighbours of this point have ranks 18 and 20."""
    answer = piecewise_rank(network((2, 3, 3, 3, 1), 2))
    assert (answer.value, answer.status) == (None, "at least")
    assert (answer.lower, answer.upper) == (18, 28)
    assert "no derivative" in answer.note


@pytest.mark.parametrize(
    "row", TABLE[4:8] + TABLE[13:17], ids=lambda r: f"{r[0]}-{r[1]}"
)
def test_lines_never_show_more_than_the_complete_list(row, monkeypatch):
    widths, seed, function, bias, bound, _, rank = row
    model = network(widths, seed, function, bias)
    integers = integer_network(model)
    answer = _piecewise_rank._from_lines(model, integers, bound, jax.random.key(seed))
    assert rank - 1 <= answer.lower <= rank
    assert answer.status == ("exact" if answer.lower == bound else "at least")


def test_more_regions_than_the_limit_are_searched_along_lines(monkeypatch):
    monkeypatch.setattr(_piecewise_rank, "CELLS", 20)
    model = network((2, 3, 3, 3, 1), 1)  # 31 regions, rank 27 of 28
    answer = piecewise_rank(model)
    assert answer.status == "at least"
    assert answer.lower <= 27
    assert answer.upper == 28


def zeros(*shapes):
    return tuple(jnp.zeros(shape) for shape in shapes)


def test_two_kinks_in_a_row_have_no_derivative():
    """`v relu(u relu(w x))` at `w = 0`, which moves as soon as `w` does."""
    model = DeepNetwork(
        (jnp.zeros((1, 1)), jnp.ones((1, 1)), jnp.ones(1)), None, "relu"
    )
    answer = piecewise_rank(model)
    assert (answer.value, answer.lower, answer.upper) == (None, 0, 1)


def test_a_kink_behind_a_zero_weight_does_not_matter():
    """`v relu(u relu(w x))` at `w = u = 0` moves at second order only."""
    model = DeepNetwork((*zeros((1, 1), (1, 1)), jnp.ones(1)), None, "relu")
    assert piecewise_rank(model).value == 0


@pytest.mark.parametrize("hidden", [(0,), (2, 0)])
@pytest.mark.parametrize("bias", [False, True])
def test_a_layer_without_neurons_leaves_a_constant(hidden, bias):
    shapes = [(b, a) for a, b in itertools.pairwise((2, *hidden))] + [hidden[-1:]]
    biases = zeros(*(shape[:-1] for shape in shapes)) if bias else None
    answer = piecewise_rank(DeepNetwork(zeros(*shapes), biases, "relu"))
    assert (answer.value, answer.status) == (int(bias), "exact")


def test_parameters_that_agree_modulo_a_prime_are_different():
    """Powers of 2 are taken modulo 2^61 by the prime 2^61 - 1."""
    basis = ModularBasis()
    basis.extend([[1, 1], [1, 2**61]])
    assert basis.rank == 2
    basis.extend([[3, 5], [0, 0]])
    assert basis.rank == 2


@pytest.mark.parametrize("widths", [(30, 10, 1), (12, 3, 1), (200, 10, 3)])
def test_many_inputs_of_one_hidden_layer_are_settled_by_its_structure(widths):
    """2^30 orthants cannot be listed."""
    model = DeepNetwork.normal(widths, key=jax.random.key(0), activation="relu")
    answer = piecewise_rank(model)
    assert (answer.status, answer.value) == ("exact", answer.upper)
    assert answer.value == answer.parameters - widths[1]


def test_a_function_of_too_many_pieces_is_bounded(monkeypatch):
    """A tent map, composed 24 times, has 2^24 pieces."""
    monkeypatch.setattr(_piecewise_rank, "CELLS", 500)
    monkeypatch.setattr(_piecewise_rank, "_WORK", 10**6)
    tent, slope = jnp.asarray([[2.0, -4.0]]), jnp.ones((2, 1))
    weights = [slope] + 23 * [slope @ tent] + [tent[0]]
    biases = 24 * [jnp.asarray([0.0, -0.5])] + [jnp.asarray(0.0)]
    answer = piecewise_rank(DeepNetwork(tuple(weights), tuple(biases), "relu"))
    assert answer.status == "at least"
    assert 0 < answer.lower <= answer.upper


ABSOLUTE = Activation(
    "absolute", jnp.abs, parity="even", pieces=(Piece(slope=-1.0), Piece(slope=1.0))
)


@pytest.mark.parametrize("outer", [0.0, 1.0])
@pytest.mark.parametrize("function", ["relu", "leaky-relu", ABSOLUTE])
@pytest.mark.parametrize("bias", [False, True])
def test_a_neuron_of_zero_weights_has_no_derivative_if_it_is_used(
    function, bias, outer
):
    """`a s(w . x + b)` at `w = b = 0` moves by `a s(dw . x + db)`: not linear."""
    w, a = jnp.asarray([[1.0, 2.0], [0.0, 0.0]]), jnp.asarray([1.0, outer])
    two = TwoLayer(w, a, jnp.zeros(2) if bias else None, None, function)
    biases = (jnp.zeros(2), jnp.asarray(0.0)) if bias else None
    for model in (two, DeepNetwork((w, a), biases, function)):
        rank = tangent_rank(model)
        assert (rank.value is None) == bool(outer)
        assert rank.value is not None or rank.status == "at least"
        assert "no derivative" in (rank.note or "no derivative")
