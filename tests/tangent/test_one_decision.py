"""Ranks that a spectrum alone gets wrong, against exact arithmetic."""

import equinox as eqx
import flint
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice.models import DeepNetwork, Linear, Points, RealSpace
from suffice.tangent import tangent_rank
from suffice.tangent._precision._tangent_matrix import tangent_matrix, traits_of


def sigmoid_network(weights, biases):
    weights, biases = (
        tuple(jnp.asarray(v, float) for v in part) for part in (weights, biases)
    )
    return DeepNetwork(weights, biases, "sigmoid")


# Float spectra of the three end in a gap at 8, 7 and 8. The true ranks come from ball
# elimination, and from factorisations that give equal upper bounds.
SIGMOID = {
    "ten": (
        [
            [[1.5, -1.5], [1.5, -1.5]],
            [[0.5, -0.125], [0, -0.625]],
            [[0.125, 0], [-0.125, 0]],
            [0.625, -0.25],
        ],
        [[0.375, 0.375], [0, -1.625], [-1.5, 1.5], -0.375],
        10,
    ),
    "nine": (
        [
            [[0.875, -0.375]] * 2,
            [[-0.0625, -0.0625]] * 2,
            [[-0.0625, -0.0625]] * 2,
            [-0.125, -0.125],
        ],
        [[-0.625, -0.625], [0.25, 0.25], [0.625, 0.625], -0.25],
        9,
    ),
    "unused neuron": (
        [
            [[-0.75, 0.25], [-0.5, -0.25]],
            [[0, -0.25]] * 2,
            [[0.0625, 0.0625]] * 2,
            [0.8125, 0.8125],
        ],
        [[-0.625, 0.625], [0.75, 0.75], [-1.25, -1.25], -0.375],
        10,
    ),
}


@pytest.mark.parametrize("name", SIGMOID)
def test_deep_sigmoid_networks_with_small_true_singular_values(name):
    *layers, rank = SIGMOID[name]
    found = tangent_rank(sigmoid_network(*layers))
    assert (found.value, found.lower, found.upper) == (rank, rank, rank)


def test_powers_of_a_time_stamp():
    """Hourly for 200 hours: the fourth singular value is 1e-13 of the first."""
    t = 1.7e9 + 3600 * np.arange(200.0)
    x = np.stack([t**0, t, t**2, t**3], axis=1)
    assert tangent_rank(Linear(jnp.ones(4)), domain=Points(x)).value == 4


def test_powers_of_random_time_stamps():
    """The rank over the rationals is the number of columns or of distinct times."""
    rng = np.random.default_rng(0)

    class Powers(eqx.Module):
        theta: jax.Array

        def __call__(self, t):
            return self.theta @ jnp.stack([t**k for k in range(len(self.theta))])

    for case in range(8):
        degree, times = rng.integers(1, 4), rng.integers(2, 6)
        span = 10.0 ** rng.integers(1, 9)
        t = rng.choice(1.7e9 + np.floor(span * rng.random(times)), 20)
        truth = min(degree + 1, len(np.unique(t)))
        found = tangent_rank(Powers(jnp.ones(degree + 1)), domain=Points(t))
        assert found.value == truth, case


@pytest.mark.parametrize("exponent", [12, 45])
def test_two_neurons_that_nearly_agree(exponent):
    """Ball elimination sees what differs by 2^-45; the cubes of it need 512 bits."""
    w = np.array([[1.0, 0.5], [1.0 + 2.0**-exponent, 0.5]])

    def model(p, x):
        return p["a"] @ jnp.tanh(p["w"] @ x)

    params = {"a": jnp.array([1.0, 0.75]), "w": jnp.asarray(w)}
    found = tangent_rank(Partial(model, params), domain=RealSpace(2))
    assert (found.value, found.lower) == (6, 6)


def dense(dtype):
    """Two dense layers that compute in a lower precision, as flax writes them."""

    def model(p, x):
        h = x.astype(dtype) @ p["k0"].astype(dtype) + p["b0"].astype(dtype)
        return (jax.nn.relu(h) @ p["k1"].astype(dtype) + p["b1"].astype(dtype))[0]

    rng = np.random.default_rng(1)
    shapes = {"k0": (4, 4), "b0": (4,), "k1": (4, 1), "b1": (1,)}
    return Partial(
        model, {k: jnp.asarray(rng.normal(size=s)) for k, s in shapes.items()}
    )


def test_rounding_inside_a_rectified_model_is_no_direction():
    """Of its 25 parameters 4 only rescale neurons; float32 made all 25 count."""
    model = dense(jnp.float32)
    found = tangent_rank(model, domain=RealSpace(4))
    assert found.lower == 21
    assert found.value in (None, 21)
    x = np.random.default_rng(0).normal(size=(60, 4))
    at_points = tangent_rank(model, domain=Points(x))
    assert at_points.value == 21
    assert "it computes in float32" in at_points.note


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16], ids=str)
def test_copies_inside_a_model_of_lower_precision(dtype):
    """Five neurons, one a copy and one a mirror image: rank 3 (d + 1 + 1) + 1."""
    rng = np.random.default_rng(3)
    w = rng.integers(-8, 9, (5, 4)) / 8
    w[3], w[4] = w[0], -w[1]
    params = {"w": jnp.asarray(w), "a": jnp.asarray(rng.integers(1, 9, 5) / 8)}

    def model(p, x):
        low = {k: v.astype(dtype) for k, v in p.items()}
        z = low["w"][:, :3] @ x.astype(dtype) + low["w"][:, 3]
        return low["a"] @ jnp.tanh(z)

    found = tangent_rank(Partial(model, params), domain=RealSpace(3))
    assert found.value == 15
    traits = traits_of(Partial(model, params), np.ones((1, 3)))
    assert traits.unit == float(jnp.finfo(dtype).eps) / 2
    assert traits.rounding == 2.0**-53


def test_a_promoted_matrix_is_that_of_the_model_without_casts():
    model, plain = dense(jnp.bfloat16), dense(jnp.float64)
    x = np.random.default_rng(0).normal(size=(5, 4))
    found = tangent_matrix(model, x)
    np.testing.assert_allclose(
        found.matrix, tangent_matrix(plain, x).matrix, rtol=1e-14
    )
    assert found.traits.note is not None


class TestPieces:
    """Samples can miss a piece, so that a sampled rank is a lower bound."""

    @pytest.mark.parametrize(
        ("function", "jumps"),
        [
            (jax.nn.relu, True),
            (jnp.abs, True),
            (jax.nn.elu, True),
            (lambda z: jnp.where(z > 0, z, 0.1 * z), True),
            (jnp.tanh, False),
            (jax.nn.softplus, False),
            (jax.nn.softmax, False),
            (jax.nn.log_softmax, False),
            (jax.nn.gelu, False),
            (jax.nn.silu, False),
        ],
    )
    def test_derivatives_that_jump(self, function, jumps):
        model = Partial(lambda w, x: function(w @ x).sum(), jnp.ones((3, 2)))
        assert traits_of(model, np.ones((1, 2))).pieces == jumps

    def test_a_bend_far_away_is_not_excluded(self):
        model = Partial(
            lambda p, x: p[0] * x[0] + jax.nn.relu(p[1] * x[0] - 1e6), jnp.ones(2)
        )
        found = tangent_rank(model, domain=RealSpace(1))
        assert (found.value, found.status, found.lower) == (None, "at least", 1)


def test_a_saturated_neuron_is_not_taken_for_a_constant():
    """Its derivative is 1e-1000 everywhere on the samples, but not zero."""
    model = Partial(
        lambda p, x: p[0] * x[0] + jnp.tanh(p[1] * x[0] + 3000.0), jnp.ones(2)
    )
    found = tangent_rank(model, domain=RealSpace(1))
    assert (found.value, found.upper) == (None, 2)


def over_the_rationals(model, x):
    """The rank of the tangent matrix of a cubic network, by integer elimination."""
    w, a = (np.asarray(v) for v in (model.args[0]["w"], model.args[0]["a"]))
    rows = []
    for point in np.asarray(x):
        z = [sum(flint.fmpq(*float(v).as_integer_ratio()) * flint.fmpq(int(8 * t), 8)
                 for v, t in zip(row, point, strict=True)) for row in w]  # fmt: skip
        row = [s**3 for s in z]
        row += [
            3
            * flint.fmpq(*float(c).as_integer_ratio())
            * s**2
            * flint.fmpq(int(8 * t), 8)
            for c, s in zip(a, z, strict=True)
            for t in point
        ]
        rows.append(row)
    return flint.fmpq_mat(rows).rank()


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32, jnp.bfloat16], ids=str)
def test_random_degenerate_cubic_networks(dtype):
    rng = np.random.default_rng(7)
    for case in range(4):
        w = rng.integers(-8, 9, (4, 2)) / 8
        w[3] = w[0] * rng.choice([1, -1, 2, 0])
        params = {"w": jnp.asarray(w), "a": jnp.asarray(rng.integers(-4, 5, 4) / 8)}

        def model(p, x):
            low = {k: v.astype(dtype) for k, v in p.items()}
            return low["a"] @ (low["w"] @ x.astype(dtype)) ** 3

        x = rng.integers(-16, 17, (20, 2)) / 8
        bound = Partial(model, params)
        found = tangent_rank(bound, domain=Points(x))
        assert found.value == over_the_rationals(bound, x), case
