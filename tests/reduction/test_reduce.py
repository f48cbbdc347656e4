"""Two-layer networks are reduced to the smallest one."""

import equinox as eqx
import hypothesis as hp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from embeddings import FUNCTIONS, inside, outputs
from reducible import network, W

from suffice.models import TwoLayer
from suffice.reduction import reduce
from suffice.tangent import from_torch


def noisy(rng, activation, bias, eta, outputs=None):
    """Width 3 hidden in width 9 to 14, with a null block, perturbed."""
    dim = int(rng.integers(1, 4))
    columns = dim + bias
    while True:
        v = rng.uniform(-2, 2, (4, columns))
        both = np.vstack([v, -v])
        gaps = np.linalg.norm(both[:, None] - both[None], axis=-1)
        if (gaps + 9 * np.eye(8)).min() > 0.3 and np.abs(v[:, :dim]).max(1).min() > 0.2:
            break
    head = () if outputs is None else (outputs,)
    w, a = [], []
    for vector, amplitude in zip(v[:3], rng.uniform(0.5, 2, (3, *head)), strict=True):
        parts = int(rng.integers(2, 5))
        shares = rng.dirichlet(np.ones(parts))
        w += [vector] * parts
        a += list(np.multiply.outer(shares, amplitude * rng.choice([-1, 1])))
    w += [v[3], v[3]]
    extra = rng.uniform(0.2, 1, head)
    a += [extra, -extra]
    w, a = np.array(w), np.array(a)
    if activation in ("tanh", "sigmoid"):
        turned = rng.random(len(w)) < 0.3
        w[turned], a[turned] = -w[turned], -a[turned]
    w = w + eta * rng.uniform(-1, 1, w.shape)
    a = a + eta * rng.uniform(-1, 1, a.shape)
    c = np.zeros(head)
    return network(w[:, :dim], a.T, w[:, dim] if bias else None, c, activation), 3


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    "activation", ["elu", "tanh", "sigmoid", "softplus", "gelu", "relu", "gaussian"]
)
def test_the_bound_holds_in_every_noisy_case(activation, bias):
    """Every kind: 7 x 2 x 30 cases, noise 1e-9 to 1e-4."""
    rng = np.random.default_rng(len(activation) + bias)
    found_width, ratios = 0, []
    for case in range(30):
        eta = 10.0 ** rng.uniform(-9, -4)
        model, width = noisy(rng, activation, bias, eta, (None, 2)[case % 3 == 0])
        found = reduce(model, tolerance=30 * eta, radius=3.0)
        x = inside(rng, 300, model.inputs, 3.0)
        change = outputs(model, x) - outputs(found.model, x)
        change = np.abs(change).reshape(300, -1)
        change = np.linalg.norm(change, axis=1).max()
        assert change <= found.bound + 1e-13
        rays = activation == "relu" and model.inputs + bias == 1  # a line has two rays
        found_width += found.widths == (width,) or rays
        ratios.append(change / found.bound)
    assert found_width >= 29
    assert np.median(ratios) > 0.01  # a bound that says something


def test_a_bound_that_ignores_the_noise_would_be_violated():
    """The negative control of the test above: the changes are not zero."""
    rng = np.random.default_rng(0)
    model, _ = noisy(rng, "tanh", True, 1e-4)
    found = reduce(model, tolerance=3e-3, radius=3.0)
    x = inside(rng, 300, model.inputs, 3.0)
    assert np.abs(outputs(model, x) - outputs(found.model, x)).max() > 1e-7


def test_dead_constant_and_null_neurons_have_their_roles():
    w = np.vstack([W, np.zeros((2, 2)), W[1], [[5.0, 5.0]]])
    model = network(w, [1, 2, 3, 4, -2, 0], [0.1, 0.2, 0.0, 0.7, 0.2, 0], 0.0)
    found = reduce(model)
    assert found.roles == ("target", "null", "dead", "constant", "null", "null")
    assert found.model.c == pytest.approx(4 * np.tanh(0.7))
    assert found.layers[0].groups == ((0,), (1, 4), (5,))
    assert found.layers[0].origins == ((0,),)


def test_a_constant_without_output_bias_keeps_one_neuron():
    model = network(np.zeros((3, 2)), [1.0, 2.0, 3.0], [0.1, 0.2, 0.3])
    found = reduce(model)
    assert found.widths == (1,)
    levels = np.tanh([0.1, 0.2, 0.3]) @ [1, 2, 3]
    assert found.model.a[0] * np.tanh(found.model.b[0]) == pytest.approx(levels)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "elu"])
def test_a_dipole_is_reported_and_kept(activation):
    """a (s(w + eps) - s(w - eps)) with a eps = 1 is a derivative, not zero."""
    eps = 1e-7
    w = np.vstack([W[0] + [eps, 0], W[0] - [eps, 0], W[1]])
    model = network(w, [0.5 / eps, -0.5 / eps, 1.0], activation=activation)
    found = reduce(model, tolerance=1e-6)
    assert found.roles == ("dipole", "dipole", "target")
    assert found.widths == (3,)
    assert "2 neurons form dipoles" in found.note
    x = inside(np.random.default_rng(0), 50, 2, 3.0)
    np.testing.assert_array_equal(outputs(found.model, x), outputs(model, x))


def test_small_weights_with_large_outputs_are_not_constants():
    """a tanh(w x) with a w = 1 is a linear function; dropping it would be wrong."""
    model = network([[1e-8, 0.0], W[0]], [1e8, 1.0])
    found = reduce(model, tolerance=1e-6)
    assert found.roles == ("target", "target")


def test_ties_at_the_tolerance_are_reported_as_doubtful():
    w = np.array([[1.0, 0.0], [1.0 + 1e-3, 0.0], [1.0 + 5e-3, 0.0]])
    found = reduce(network(w, np.ones(3)), tolerance=1e-3)
    assert found.widths == (2,)
    assert found.gap_ratio < 10
    assert "less than 10 times farther apart" in found.note
    exact = reduce(network(w * [1, 1], np.ones(3)))
    assert exact.widths == (3,)


def test_nearly_equal_neurons_are_pointed_out_in_exact_mode():
    w = np.vstack([W[0], W[0] + 1e-9])
    found = reduce(network(w, np.ones(2)))
    assert found.widths == (2,)
    assert "pass a tolerance" in found.note


def test_unknown_identities_are_flagged_and_dependence_is_measured():
    """(z1 + z2)^2 and friends: four squares in the plane span three dimensions."""
    rng = np.random.default_rng(0)
    model = network(rng.normal(size=(4, 2)), np.ones(4), activation="square")
    found = reduce(model)
    assert found.widths == (4,)
    assert found.headline().startswith("No neurons merge at width 4")
    assert not found.complete
    assert "numerically 3 of the 4 remaining neurons are independent" in found.note
    mine = network(np.vstack([W, W[:1]]), np.ones(3), activation=lambda z: z + z**2)
    assert reduce(mine).widths == (2,)  # equal neurons merge whatever they compute


@hp.settings(max_examples=60, deadline=None, derandomize=True)
@hp.given(
    shares=st.lists(st.floats(-3, 3), min_size=2, max_size=2),
    signs=st.lists(st.sampled_from([-1.0, 1.0]), min_size=5, max_size=5),
    order=st.permutations(range(5)),
    exponent=st.integers(-6, 6),
)
def test_reduction_knows_nothing_of_order_sign_and_scale(
    shares, signs, order, exponent
):
    """Splitting, negation and permutation of a tanh network at any output scale."""
    scale = 10.0**exponent
    w = np.vstack([W, W[:1], W[1:], W[:1]])
    a = scale * np.array([1.5, -0.7, shares[0], shares[1], -shares[0]])
    target = np.array([1.5, -0.7 + shares[1]]) * scale
    signs = np.array(signs)
    model = network((w * signs[:, None])[order], (a * signs)[order])
    found = reduce(model, tolerance=1e-9)
    assert found.widths == (2 if abs(target[1]) > 1e-6 * scale else 1,)
    x = np.array([[0.7, -0.2], [1.5, 2.0]])
    values = np.tanh(x @ W.T) @ target
    np.testing.assert_allclose(outputs(found.model, x), values, atol=1e-7 * scale)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tolerance": -1.0}, "tolerance is -1.0"),
        ({"tolerance": np.nan}, "tolerance is nan"),
        ({"radius": 0.0}, "radius is 0.0"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        reduce(network(W, [1.0, 2.0]), **arguments)


def test_an_equinox_network_is_reduced_as_the_deep_network_that_it_is(key):
    mlp = eqx.nn.MLP(2, "scalar", 3, 1, activation=jnp.tanh, key=key)
    first, last = mlp.layers
    double = jnp.array([0, 1, 2, 0, 1, 2])  # every neuron twice, at half its weight
    twice = eqx.tree_at(
        lambda m: [*[m.layers[0].weight, m.layers[0].bias], m.layers[1].weight],
        mlp,
        [first.weight[double], first.bias[double], last.weight[:, double] / 2],
    )
    found = reduce(twice)
    assert (found.original_widths, found.widths) == ((6,), (3,))
    x = jax.random.normal(key, (20, 2))
    values = jax.vmap(found.model)(x)
    np.testing.assert_allclose(values, jax.vmap(mlp)(x), atol=1e-12)


def test_a_torch_module_of_another_form_is_refused():
    torch = pytest.importorskip("torch")
    layers = torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.LayerNorm(3)
    with pytest.raises(ValueError, match="cannot be reduced"):
        reduce(from_torch(torch.nn.Sequential(*layers)))


def test_other_models_and_nan_are_refused():
    with pytest.raises(ValueError, match="parameters that are not finite"):
        reduce(network(W, [1.0, np.nan]))
    with pytest.raises(ValueError, match="cannot be reduced"):
        reduce(FUNCTIONS["tanh"])


def test_the_answer_prints():
    found = reduce(network(np.vstack([W, W]), np.ones(4)))
    assert found.headline() == "Width 4 reduces to width 2; the function is the same."
    assert "4 target" in str(found)
    assert found.to_dict()["layers"][0]["roles"] == ["target"] * 4
    assert reduce(network(W, np.ones(2))).headline() == (
        "The model is irreducible at width 2."
    )


@pytest.mark.parametrize("activation", ["relu", "exp"])
def test_values_that_overflow_are_refused(activation):
    model = TwoLayer(
        jnp.full((2, 1), 1e200), jnp.array([1e200, 2e200]), activation=activation
    )
    with pytest.raises(ValueError, match="overflow"):
        reduce(model)


def test_tiny_relu_weights_are_not_dead():
    w = 1e-200 * jnp.array([[1.0, 2.0], [3.0, -1.0]])
    tiny = TwoLayer(w, jnp.array([1.0, 1.0]), activation="relu")
    assert reduce(tiny).widths == (2,)
