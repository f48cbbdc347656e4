"""Ranks proved in ball arithmetic: what holds, and what must not be proved."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import Attention, DeepNetwork, Points, Sphere, TwoLayer
from suffice.tangent import certified_lower, certified_rank, NotExact, structural_rank


def two_layer(k, d, *, bias=False, output_bias=False, activation="tanh", seed=0):
    rng = np.random.default_rng(seed)
    w, a, b = (jnp.asarray(rng.standard_normal(s)) for s in ((k, d), (k,), (k,)))
    c = jnp.asarray(0.5) if output_bias else None
    return TwoLayer(w, a, b if bias else None, c, activation)


def deep(widths, *, bias=True, activation="tanh", seed=0):
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal((n, m)) for m, n in itertools.pairwise(widths)]
    biases = [rng.standard_normal(n) for n in widths[1:]]
    return DeepNetwork(
        tuple(map(jnp.asarray, weights)),
        tuple(map(jnp.asarray, biases)) if bias else None,
        activation,
    )


@pytest.mark.theory
def test_ranks_that_float64_cannot_see(key):
    """d = 1: singular values say 52 and 66; the truth is 91 and 97."""
    shallow = two_layer(30, 1, bias=True, output_bias=True)
    for model, rank in ((shallow, 91), (deep((1, 8, 8, 1)), 97)):
        bound = certified_lower(model, rank, key=key, precisions=(256,))
        assert bound.holds
        assert (bound.value, bound.precision) == (rank, 256)
        assert f"at least {rank}" in bound.headline()


@pytest.mark.theory
def test_a_deep_rank_becomes_a_theorem(key):
    got = certified_rank(deep((2, 3, 2, 1)), key=key)
    assert (got.value, got.status, got.lower, got.upper) == (20, "exact", 20, 20)
    assert got.note is not None
    assert "theorem" in got.note


@pytest.mark.theory
@pytest.mark.parametrize("bias", [False, True])
def test_relu_networks_lose_one_per_hidden_neuron(bias, key):
    got = certified_rank(deep((2, 2, 2, 1), bias=bias, activation="relu"), key=key)
    assert got.upper == (11 if bias else 6)
    assert got.lower <= got.upper
    rich = deep((2, 3, 2, 1), bias=True, activation="relu", seed=3)
    assert certified_rank(rich, key=key).upper == 15


@pytest.mark.theory
@pytest.mark.parametrize(
    ("heads", "dim", "dk", "dv", "length", "rank"),
    [
        (1, 4, 2, 2, 3, 24),
        (2, 4, 2, 2, 3, 48),
        (1, 4, 4, 4, 3, 32),
        (2, 3, 1, 2, 4, 26),
    ],
)
def test_attention_loses_the_gauges_of_its_heads(heads, dim, dk, dv, length, rank, key):
    """M - h (dk^2 + dv^2): proved from below, and not one more."""
    model = attention(heads, dim, dk, dv, length)
    parameters = 2 * heads * dim * (dk + dv)
    assert parameters - heads * (dk**2 + dv**2) == rank
    assert certified_lower(model, rank, key=key).holds
    assert not certified_lower(model, rank + 1, key=key, precisions=(128,)).holds


@pytest.mark.theory
@pytest.mark.parametrize(
    ("score", "value", "rank"),
    [(1, 1, 14), (2, 1, 19), (1, 3, 22), (4, 4, 32), (0, 2, 12)],
)
def test_attention_of_reduced_heads(score, value, rank, key):
    """a (2D - a) + b (2D - b) at aligned minimal factors of ranks a, b (D = 4)."""
    model = attention(1, 4, max(score, 1), value, 3)
    if score == 0:
        model = Attention(0 * model.q, 0 * model.k, model.v, model.o, 3)
    assert score * (8 - score) + value * (8 - value) == rank
    bound = certified_lower(model, key=key, precisions=(128,))
    assert bound.value == rank


def attention(heads, dim, dk, dv, length):
    rng = np.random.default_rng(5)
    shapes = [(heads, dim, dk), (heads, dim, dk), (heads, dim, dv), (heads, dv, dim)]
    return Attention(*(jnp.asarray(rng.standard_normal(s)) for s in shapes), length)


@pytest.mark.theory
def test_layer_norm_has_a_scale_and_a_shift_gauge(key):
    """a . tanh(LN(W x)): M - 1 - d."""

    def network(theta, x):
        w, a = theta
        z = w @ x
        z = z - z.mean()
        return a @ jnp.tanh(z / jnp.sqrt((z**2).mean() + 0.0))

    rng = np.random.default_rng(6)
    theta = tuple(jnp.asarray(rng.standard_normal(s)) for s in ((4, 3), (4,)))
    model = jax.tree_util.Partial(network, theta)
    x = rng.standard_normal((40, 3))
    bound = certified_lower(model, key=key, x=x, precisions=(128, 256))
    assert bound.value == 16 - 1 - 3


@pytest.mark.theory
def test_the_trap_of_float_splits(key):
    """0.3 w and 0.7 w in float64 are no split of w: the proof is about the floats."""
    rng = np.random.default_rng(2)
    weights = [rng.standard_normal(s) for s in ((2, 2), (2, 2), (1, 2))]
    column = weights[1][:, 0]
    wide = [
        np.vstack([weights[0], weights[0][:1]]),
        np.column_stack([0.7 * column, weights[1][:, 1], 0.3 * column]),
        weights[2],
    ]
    model = DeepNetwork(tuple(map(jnp.asarray, wide)))
    as_floats = certified_rank(model, key=key)
    assert (as_floats.value, as_floats.status) == (12, "exact")

    theta = [Fraction(float(v)) for w in wide for v in w.ravel()]
    second = len(wide[0].ravel())
    for row, v in enumerate(column):
        theta[second + 3 * row] = Fraction(float(v)) * Fraction(7, 10)
        theta[second + 3 * row + 2] = Fraction(float(v)) * Fraction(3, 10)
    exact = certified_rank(model, key=key, parameters=theta)
    assert (exact.value, exact.status) == (10, "exact")
    assert not certified_lower(
        model, 11, key=key, parameters=theta, precisions=(128,)
    ).holds


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "elu"])
def test_balls_agree_with_structure(activation, key):
    """Two independent exact methods, on a network with a repeated neuron."""
    model = two_layer(3, 2, bias=True, activation=activation)
    twin = TwoLayer(
        model.w.at[2].set(model.w[0]), model.a, model.b.at[2].set(model.b[0])
    )
    twin = TwoLayer(twin.w, twin.a, twin.b, activation=activation)
    rank = structural_rank(twin).value
    assert rank == 8
    assert certified_lower(twin, key=key, precisions=(128,)).value == rank
    missed = certified_lower(twin, rank + 1, key=key, precisions=(128,))
    assert not missed.holds
    assert missed.value == rank
    assert "not proved" in missed.headline()


def test_complex_inputs_need_fewer_bits(key):
    model = two_layer(12, 1)
    real = certified_lower(model, 24, key=key)
    bent = certified_lower(model, 24, key=key, complex=True)
    assert real.holds
    assert bent.holds
    assert bent.precision == 64 < real.precision


def test_the_domain_decides(key):
    """On a cube, odd functions of three signs span at most four dimensions."""
    model = two_layer(3, 3)
    cube = Points(np.array(list(itertools.product([-1.0, 1.0], repeat=3))))
    assert certified_rank(model, key=key).value == 12
    on_cube = certified_rank(model, domain=cube, key=key)
    assert on_cube.lower == 4
    assert on_cube.upper == 8
    assert on_cube.status == "undecided"
    sphere = certified_rank(model, domain=Sphere(3), key=key)
    assert (sphere.value, sphere.status) == (12, "exact")


def test_several_outputs_and_any_callable(key):
    rng = np.random.default_rng(7)
    theta = {"w": jnp.asarray(rng.standard_normal((3, 2))), "v": jnp.ones((2, 3)) * 0.5}

    def model(theta, x):
        return {"y": theta["v"] @ jnp.tanh(theta["w"] @ x), "z": jnp.sin(x[0])}

    got = certified_rank(
        jax.tree_util.Partial(model, theta), domain=two_layer(1, 2).domain, key=key
    )
    assert (got.value, got.status) == (12, "exact")


def test_a_polynomial_model_is_settled_over_the_rationals(key):
    got = certified_rank(deep((3, 2, 2, 1), activation="square"), key=key)
    assert got.status == "exact"
    assert got.method == "finite field"
    assert "Certain as a lower bound" in str(got.note)


def test_a_dead_model_has_rank_zero(key):
    model = TwoLayer(jnp.zeros((2, 3)), jnp.zeros(2))
    assert certified_lower(model, key=key).value == 0
    assert certified_lower(model, 0, key=key).holds


def test_refusals(key):
    model = two_layer(2, 2)
    with pytest.raises(ValueError, match="r is 7; expected 0 to 6"):
        certified_lower(model, 7, key=key)
    with pytest.raises(ValueError, match="complex=True"):
        certified_lower(model, 2, key=key, complex=True, domain=Sphere(2))
    with pytest.raises(ValueError, match="precisions is"):
        certified_lower(model, 2, key=key, precisions=())
    with pytest.raises(ValueError, match="pass one"):
        certified_lower(model, 2, key=key, x=np.ones((2, 2)), domain=Sphere(2))
    with pytest.raises(NotExact, match="'atan'"):
        certified_lower(two_layer(2, 2, activation="arctan"), 2, key=key, complex=True)
