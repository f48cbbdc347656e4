"""Deep networks: arXiv:2406.18035, Theorem 4, and which embeddings keep the rank."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork
from suffice.samples import optimistic_sample_size
from suffice.tangent import structural_bound, tangent_rank

pytestmark = pytest.mark.theory

X = np.random.default_rng(0).normal(size=(11, 2))


def narrow(bias, activation="tanh", widths=(2, 2, 2, 1)):
    """Parameters that are multiples of 1/64, so that every split below is exact."""
    model = DeepNetwork.normal(
        widths, 1.0, key=jax.random.key(4), bias=bias, activation=activation
    )
    return jax.tree.map(lambda leaf: jnp.round(64 * leaf) / 64, model)


def widen(model, layer, rows, bias, columns, scale_old=None):
    """Add a neuron to a hidden layer: what comes in, and what goes out of it."""
    weights, biases = list(model.weights), list(model.biases or ())
    weights[layer] = jnp.concatenate([weights[layer], rows[None]])
    if biases:
        biases[layer] = jnp.append(biases[layer], bias)
    upper = weights[layer + 1]
    if scale_old is not None:
        old, factor = scale_old
        upper = upper.at[..., old].multiply(factor)
    weights[layer + 1] = jnp.concatenate([upper, columns[..., None]], axis=-1)
    return DeepNetwork(tuple(weights), tuple(biases) or None, model.activation)


def split(model, layer, share, sign=1.0):
    """Copy neuron 0; the copy takes a share of what goes out, one or one per neuron."""
    row, out = model.weights[layer][0], model.weights[layer + 1][..., 0]
    bias = model.biases[layer][0] if model.biases else 0.0
    share = jnp.asarray(share)
    return widen(
        model, layer, sign * row, sign * bias, sign * share * out, (0, 1 - share)
    )


def add(model, layer, *, incoming, outgoing):
    """Add a neuron whose inputs or outputs vanish."""
    below, above = model.weights[layer][0], model.weights[layer + 1][..., 0]
    row = jnp.linspace(0.5, 1.5, len(below)) if incoming else jnp.zeros_like(below)
    out = jnp.full(above.shape, 0.75) if outgoing else jnp.zeros_like(above)
    return widen(model, layer, row, 0.25 if incoming else 0.0, out)


CASES = {  # embedding -> rank in layer 1 and 2 without bias, in layer 1 and 2 with bias
    "null": (lambda m, q: add(m, q, incoming=False, outgoing=False), (10, 10, 15, 15)),
    "quarter": (lambda m, q: split(m, q, 0.25), (10, 10, 15, 15)),
    "outside": (lambda m, q: split(m, q, -0.75), (10, 10, 15, 15)),
    "all": (lambda m, q: split(m, q, 1.0), (10, 10, 15, 15)),
    "flipped": (lambda m, q: split(m, q, 0.5, -1.0), (10, 10, 15, 15)),
    "idle": (lambda m, q: add(m, q, incoming=True, outgoing=False), (12, 11, 17, 16)),
}
UNEVEN = {False: 12, True: 18}


@pytest.mark.parametrize("name", CASES)
def test_structural_bound_of_embeddings(name):
    embedding, ranks = CASES[name]
    found = []
    for bias in (False, True):
        for layer in (0, 1):
            base, wide = narrow(bias), embedding(narrow(bias), layer)
            np.testing.assert_allclose(
                jax.vmap(wide)(X), jax.vmap(base)(X), rtol=0, atol=1e-14
            )
            found.append(structural_bound(wide))
    assert tuple(found) == ranks


@pytest.mark.parametrize("bias", [False, True])
def test_an_uneven_split_raises_the_rank(bias):
    """A fraction that differs between outgoing weights is no critical embedding."""
    wide = split(narrow(bias), 0, [0.25, -0.5])
    assert structural_bound(wide) == UNEVEN[bias]
    rank = tangent_rank(wide)
    assert rank.value == UNEVEN[bias]


@pytest.mark.parametrize("bias", [False, True])
def test_live_neurons_without_inputs_raise_the_rank(bias):
    base = narrow(bias)
    wide = add(base, 0, incoming=False, outgoing=True)
    assert structural_bound(wide) == (17 if bias else 12)


def test_null_neurons_of_the_logistic_function_need_a_bias():
    """sigma(0) is not zero: without a bias in the next layer it is a new function."""
    for bias, ranks in ((False, (12, 11)), (True, (15, 15))):
        for layer, value in enumerate(ranks):
            wide = add(narrow(bias, "sigmoid"), layer, incoming=False, outgoing=False)
            assert structural_bound(wide) == value
        assert structural_bound(split(narrow(bias, "sigmoid"), 0, 0.25)) == (
            15 if bias else 10
        )


def test_measured_ranks_agree_with_the_bound():
    for name in ("quarter", "idle"):
        wide = CASES[name][0](narrow(True), 0)
        assert tangent_rank(wide).value == structural_bound(wide)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "gelu"])
@pytest.mark.parametrize("bias", [False, True])
def test_generic_rank_is_the_number_of_parameters(activation, bias):
    model = narrow(bias, activation)
    rank = tangent_rank(model)
    assert rank.value == rank.parameters == (15 if bias else 10)


def test_relu_loses_one_for_each_hidden_neuron(key):
    model = DeepNetwork.normal((2, 3, 2, 1), key=key, activation="relu")
    rank = tangent_rank(model)
    assert rank.value is None or rank.value <= rank.parameters - 5
    assert structural_bound(model) <= rank.parameters - 5


@pytest.mark.parametrize("layer", [0, 1])
def test_optimistic_size_of_a_wide_parameter_is_that_of_the_narrow_network(layer):
    wide = CASES["flipped"][0](narrow(True), layer)
    size = optimistic_sample_size(wide)
    assert (size.value, size.status) == (15, "exact for almost every target")
    assert size.parameters > 15


def test_a_symmetric_target_may_need_fewer_samples():
    """Special targets are not generic: the answer is called an upper bound."""
    base = narrow(True)
    first = base.weights[0]
    parallel = DeepNetwork(
        (first.at[1].set(first[0]), *base.weights[1:]), base.biases, base.activation
    )
    assert optimistic_sample_size(parallel).value <= 15


def test_all_ones_need_inputs_plus_depth(key):
    """d + L - 1 for a chain of single neurons without biases, three layers here."""
    model = DeepNetwork.normal((4, 1, 1, 1), key=key, bias=False)
    assert optimistic_sample_size(model).value == 4 + 3 - 1
