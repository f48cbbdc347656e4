"""The interpreter over rings agrees with JAX, and says no where it must."""

from fractions import Fraction

import flint
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import ACTIVATIONS, DeepNetwork, TwoLayer
from suffice.tangent import jacobian, NotExact
from suffice.tangent._exact._interpreter import evaluate_exactly
from suffice.tangent._exact._numbers import (
    balls,
    complex_balls,
    Degree,
    degrees,
    precision,
    prime_field,
    rationals,
)
from suffice.tangent._exact._ring import Overlap
from suffice.tangent._exact._rows import exact_parameters, trace_rows

A = np.arange(12.0).reshape(3, 4) / 8 - 0.5
INDEX = np.array([2, 0, 2])

PROGRAMS = {
    "reshape, transpose": lambda a: a.T.reshape(2, 6),
    "broadcast": lambda a: jnp.broadcast_to(a[:, None, :], (3, 2, 4)),
    "strided slice": lambda a: a[::2, 1:],
    "reverse, concatenate": lambda a: jnp.concatenate([a[::-1], a], axis=0),
    "pad": lambda a: jnp.pad(a, ((1, 2), (0, 1)), constant_values=0.25),
    "negative pad": lambda a: jax.lax.pad(a, 0.5, ((-1, 1, 0), (0, 0, 2))),
    "roll": lambda a: jnp.roll(a, 1, axis=1),
    "gather": lambda a: a[INDEX, 1],
    "dynamic slice": lambda a: jax.lax.dynamic_slice(a, (1, 1), (2, 2)),
    "dynamic update": lambda a: jax.lax.dynamic_update_slice(a, a[:1, :2], (2, 1)),
    "overwrite": lambda a: a.at[INDEX[:2]].set(a[:2]),
    "scatter-add with repeats": lambda a: a.at[INDEX].add(a),
    "split": lambda a: jnp.split(a, 2, axis=1)[1],
    "arithmetic": lambda a: (a + 1) * a - a / 4 + (-a) ** 3 + 2.0,
    "batched product": lambda a: jnp.einsum("ij,ijk->ik", a, jnp.ones((3, 4, 2)) * 0.5),
    "matrix product": lambda a: a @ a.T,
    "outer product": lambda a: jnp.outer(a[0], a[1]),
    "sums": lambda a: jnp.cumsum(a, axis=1).sum(axis=0),
    "reverse cumsum": lambda a: jax.lax.cumsum(a, reverse=True),
    "branches": lambda a: jnp.where(a > 0, a, 0.5 * a) + jnp.maximum(a, 0.125),
    "extremes": lambda a: a.max(axis=1) - a.min() + jnp.abs(a).sum(),
    "scan": lambda a: jax.lax.scan(lambda c, r: (c + r, c * r), a[0], a)[1],
    "reverse scan": lambda a: jax.lax.scan(
        lambda c, r: (c + r, c), a[0], a, None, True
    ),
    "cond": lambda a: jax.lax.cond(INDEX[0] > 1, lambda v: 2 * v, lambda v: v, a),
    "iota": lambda a: a * jax.lax.broadcasted_iota(float, (3, 4), 1),
    "power": lambda a: (a + 4) ** -2,
    "checkpoint": lambda a: jax.checkpoint(lambda v: v * v)(a),
}


def as_float(array):
    return np.vectorize(lambda v: int(v.p) / int(v.q), otypes=[float])(array)


@pytest.mark.parametrize("name", PROGRAMS)
def test_rational_evaluation_is_the_program(name):
    program = jax.make_jaxpr(PROGRAMS[name])(A)
    ring = rationals()
    got = evaluate_exactly(program, ring, ring.array(A))
    want = jax.tree.leaves(PROGRAMS[name](jnp.asarray(A)))
    for exact, value in zip(got, want, strict=True):
        assert exact.shape == value.shape
        np.testing.assert_allclose(as_float(exact), value, rtol=1e-15)


def test_integer_inputs_stay_indices():
    def entry(a, ij):
        return a[ij[0], ij[1]]

    program = jax.make_jaxpr(jax.vmap(entry, (None, 0)))(A, np.zeros((2, 2), int))
    ring = prime_field(101)
    (got,) = evaluate_exactly(program, ring, ring.array(A), np.array([[0, 3], [2, 1]]))
    assert list(got) == [ring.convert(A[0, 3]), ring.convert(A[2, 1])]


def test_reading_outside_an_array_is_refused():
    program = jax.make_jaxpr(lambda a, i: a.at[i].get(mode="fill"))(A[0], 0)
    with pytest.raises(NotExact, match="reads outside"):
        evaluate_exactly(program, rationals(), rationals().array(A[0]), np.array(7))


@pytest.mark.parametrize(
    ("ring", "function", "reason"),
    [
        (rationals(), jnp.tanh, "'tanh'.*rational numbers"),
        (rationals(), jnp.sort, "'sort'"),
        (prime_field(101), jax.nn.relu, "'max'"),
        (prime_field(101), lambda a: jnp.where(a > 0, a, 0), "no order"),
        (prime_field(101), lambda a: 1 / (a - a), "divides by zero"),
        (complex_balls(), jnp.arctan, "'atan'"),
        (degrees(), lambda a: 1 / a, "degree is unknown"),
    ],
)
def test_what_has_no_exact_meaning_is_refused(ring, function, reason):
    program = jax.make_jaxpr(function)(A[0])
    inputs = np.full(4, Degree(1)) if ring.name == "polynomial degrees" else A[0]
    with pytest.raises(NotExact, match=reason):
        evaluate_exactly(program, ring, ring.array(inputs))


def test_balls_that_overlap_are_not_ordered():
    program = jax.make_jaxpr(lambda a: jnp.where(a > 0, a, -a))(1.0)
    wide = np.array(flint.arb(0, 1e-3), object)
    with pytest.raises(Overlap, match="cannot be told apart"):
        evaluate_exactly(program, balls(), wide)
    (got,) = evaluate_exactly(program, balls(), np.array(flint.arb(-1, 1e-3), object))
    assert got.item() > 0


def test_degrees_of_a_polynomial():
    program = jax.make_jaxpr(lambda a: (a[0] * a[1] + 3) ** 2 - a[2] + 0 * a[3] ** 9)(
        A[0]
    )
    (got,) = evaluate_exactly(program, degrees(), np.full(4, Degree(1)))
    assert got.item().value == 4


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_rows_of_balls_agree_with_the_float_tangent_matrix(name):
    rng = np.random.default_rng(0)
    net = TwoLayer(
        jnp.asarray(rng.standard_normal((3, 2))),
        jnp.asarray(rng.standard_normal((2, 3))),
        b=jnp.asarray(rng.standard_normal(3)),
        c=jnp.asarray(rng.standard_normal(2)),
        activation=name,
    )
    x, u = rng.standard_normal((5, 2)), rng.integers(-5, 6, (5, 2))
    ring = balls()
    rows = trace_rows(net, x, batch=2)
    with precision(80):
        theta = exact_parameters(net, ring, None)
        got = rows(ring, theta, ring.array(x), ring.array(u.astype(object)))
    want = np.einsum("nc,ncp->np", u, jacobian(net, x).reshape(5, 2, -1))
    np.testing.assert_allclose(got.astype(float), want, rtol=1e-12, atol=1e-12)


def test_the_derivative_of_erf_is_exact():
    net = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), activation="erf")
    rows = trace_rows(net, np.ones((1, 1)), batch=1)
    ring = balls()
    with precision(256):
        one = ring.array(np.ones((1, 1)))
        slope = rows(ring, ring.array(np.ones(2)), one, one)[0, 0]
        truth = 2 / flint.arb.pi().sqrt() * (-flint.arb(1)).exp()
        assert slope.overlaps(truth)
        assert slope.rad() < flint.arb(2) ** -240


def test_a_model_with_the_constant_of_erf_itself_is_refused():
    def ambiguous(theta, x):
        return jax.lax.erf(theta * x) * (2 / np.sqrt(np.pi))

    model = jax.tree_util.Partial(ambiguous, jnp.asarray(1.0))
    with pytest.raises(NotExact, match="another way"):
        trace_rows(model, np.ones(3), batch=1)


def test_given_rationals_replace_the_floats():
    net = DeepNetwork((jnp.ones((2, 1)), jnp.ones(2)), None, "square")
    third = Fraction(1, 3)
    theta = exact_parameters(net, rationals(), [third, 1, 2, 3])
    assert theta[0] == flint.fmpq(1, 3)
    with pytest.raises(ValueError, match="has 3 numbers, the model has 4"):
        exact_parameters(net, rationals(), [third, 1, 2])


def test_a_model_without_parameters_is_refused():
    with pytest.raises(ValueError, match="no floating-point parameters"):
        trace_rows(jnp.tanh, np.ones(3), batch=1)
