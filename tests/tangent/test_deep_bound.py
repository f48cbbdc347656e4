"""The structural upper bound of deep networks: which embeddings keep the rank."""

import itertools
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import count_parameters
from suffice.models import DeepNetwork
from suffice.tangent import jacobian, numerical_rank, structural_bound


def narrow(widths, bias, seed=0):
    """Weights and biases that are multiples of 1/64: sums of few stay exact."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.integers(1, 128, shape) * rng.choice([-1, 1], shape) / 64

    weights = [draw(n, m) for m, n in itertools.pairwise(widths)]
    return weights, [draw(n) for n in widths[1:]] if bias else None


def network(weights, biases, activation="tanh"):
    biases = None if biases is None else tuple(map(jnp.asarray, biases))
    return DeepNetwork(tuple(map(jnp.asarray, weights)), biases, activation)


def with_neuron(parts, layer, into, bias, out, kept=None):
    """Add a hidden neuron; `kept` replaces the outgoing weights of neuron 0."""
    weights = [w.copy() for w in parts[0]]
    biases = None if parts[1] is None else [b.copy() for b in parts[1]]
    weights[layer] = np.vstack([weights[layer], into])
    if biases is not None:
        biases[layer] = np.append(biases[layer], bias)
    if kept is not None:
        weights[layer + 1][:, 0] = kept
    weights[layer + 1] = np.column_stack([weights[layer + 1], out])
    return weights, biases


def embeddings(parts, layer):
    """Every way of adding one neuron to a layer that the table below names."""
    weights, biases = parts
    row, column = weights[layer][0], weights[layer + 1][:, 0]
    b = 0.0 if biases is None else biases[layer][0]
    other, away = row[::-1] * 3 + 1, column * 0 + np.arange(1, len(column) + 1) / 8
    share = np.arange(1, len(column) + 1) / 4
    ways = {
        "null": (row * 0, 0.0, column * 0),
        "split": (row, b, column * 0.75, column * 0.25),
        "split, beyond": (row, b, column * -0.5, column * 1.5),
        "flipped split": (-row, -b, column * 0.5, column * 1.5),
        "uneven split": (row, b, column * share, column * (1 - share)),
        "random in": (other, 0.5, column * 0),
        "random out": (row * 0, 0.0, away),
        "constant": (row * 0, 0.75, away),
    }
    return {name: with_neuron(parts, layer, *way) for name, way in ways.items()}


TABLE = {  # layer 1, layer 2 without bias; layer 1, layer 2 with bias
    "null": (10, 10, 15, 15),
    "split": (10, 10, 15, 15),
    "split, beyond": (10, 10, 15, 15),
    "flipped split": (10, 10, 15, 15),
    "uneven split": (12, 10, 18, 15),
    "random in": (12, 11, 17, 16),
    "random out": (12, 12, 17, 17),
}


@pytest.mark.theory
@pytest.mark.parametrize("way", TABLE)
def test_which_embeddings_keep_the_minimal_rank(way):
    """arXiv:2211.11623 and 2406.18035 claim it for critical embeddings only."""
    for rank, (bias, layer) in zip(
        TABLE[way], itertools.product((False, True), (0, 1)), strict=True
    ):
        parts = embeddings(narrow((2, 2, 2, 1), bias), layer)[way]
        assert structural_bound(network(*parts)) == rank


@pytest.mark.theory
def test_a_constant_neuron_and_a_fourth_layer():
    for layer in (0, 1):
        parts = embeddings(narrow((2, 2, 2, 1), True), layer)["constant"]
        assert structural_bound(network(*parts)) == 17
    ways = embeddings(narrow((2, 2, 2, 2, 1), False), 0)
    got = {name: structural_bound(network(*parts)) for name, parts in ways.items()}
    assert (got["null"], got["split"], got["uneven split"]) == (14, 14, 16)
    assert got["random in"] == 16


@pytest.mark.theory
def test_null_neurons_of_other_activations():
    """sigma(0) != 0 matters without biases; a bias of the next layer absorbs it."""
    for layer, without in ((0, 12), (1, 11)):
        free = embeddings(narrow((2, 2, 2, 1), False), layer)["null"]
        assert structural_bound(network(*free, "sigmoid")) == without
        assert structural_bound(network(*free, "gelu")) == 10
        biased = embeddings(narrow((2, 2, 2, 1), True), layer)["null"]
        assert structural_bound(network(*biased, "sigmoid")) == 15


GENERIC = [
    (2, 2, 2, 1),
    (3, 2, 2, 1),
    (2, 3, 2, 1),
    (2, 2, 2, 2, 1),
    (3, 2, 2, 2, 1),
    (2, 2, 2, 2),
]


@pytest.mark.theory
@pytest.mark.parametrize("widths", GENERIC, ids=str)
def test_generic_networks_lose_only_their_gauges(widths):
    """Nothing for smooth ones, one per hidden neuron for ReLU (and exp with bias)."""
    hidden = sum(widths[1:-1])
    for bias in (False, True):
        parts = narrow(widths, bias)
        m = count_parameters(network(*parts))
        for smooth in ("tanh", "sigmoid", "softplus", "gelu", "sin"):
            assert structural_bound(network(*parts, smooth)) == m
        for kinked in ("relu", "leaky-relu"):
            assert structural_bound(network(*parts, kinked)) == m - hidden
        assert structural_bound(network(*parts, "exp")) == m - hidden * bias
        affine = widths[-1] * (widths[0] + bias)  # every affine map
        assert structural_bound(network(*parts, "identity")) == affine


def test_a_uniform_split_is_one_only_in_exact_arithmetic():
    """The trap: 0.3 w + 0.7 w in float64 is no split, and the bound must not say so."""
    rng = np.random.default_rng(2)
    weights = [rng.standard_normal(s) for s in ((2, 2), (2, 2), (1, 2))]
    row, column = weights[0][0], weights[1][:, 0]
    parts = with_neuron((weights, None), 0, row, 0, 0.7 * column, 0.3 * column)
    wide = network(*parts)
    assert structural_bound(wide) == 12
    exact = [w.astype(object) for w in parts[0]]
    exact = [np.vectorize(Fraction, otypes=[object])(w) for w in exact]
    column = [Fraction(v) for v in column]
    exact[1][:, 0] = [v * Fraction(3, 10) for v in column]
    exact[1][:, 2] = [v * Fraction(7, 10) for v in column]
    theta = list(itertools.chain(*(w.ravel() for w in exact)))
    assert structural_bound(wide, parameters=theta) == 10
    with pytest.raises(ValueError, match="has 3 numbers, the network has 14"):
        structural_bound(wide, parameters=theta[:3])


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "softplus"])
def test_the_bound_holds_on_random_degenerate_networks(activation):
    """Never below the float rank; equal to it except where regions were not hit."""
    tight = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        parts = narrow((2, 2, 2, 1), bool(seed % 2), seed)
        ways = embeddings(parts, layer := seed % 2)
        parts = ways[rng.choice(list(ways))]
        parts = embeddings(parts, 1 - layer)[rng.choice(list(ways))]
        model = network(*parts, activation)
        x = np.exp(rng.uniform(-2, 2, (256, 1))) * rng.standard_normal((256, 2))
        measured = numerical_rank(jacobian(model, x))
        bound = structural_bound(model)
        assert not measured.confident or measured.value <= bound
        tight += measured.confident and measured.value == bound
    assert tight >= (3 if activation != "relu" else 0)
