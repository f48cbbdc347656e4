"""Traced programs, and what is read in them."""

import jax
import jax.numpy as jnp
import pytest

from suffice._core import is_gaussian, scan_counts


def the_scan(function, *arguments):
    program = jax.make_jaxpr(function)(*arguments).jaxpr
    (eqn,) = (e for e in program.eqns if e.primitive.name == "scan")
    return eqn


@pytest.mark.parametrize("steps", [1, 3])
def test_the_operands_of_a_scan_are_told_apart_by_their_shapes(steps):
    def run(matrix, start, xs):
        def step(carry, x):
            place, count = carry
            return (matrix @ place + x, count + 1), (place.sum(), x)

        return jax.lax.scan(step, (start, 0), xs)

    eqn = the_scan(run, jnp.eye(3), jnp.ones(3), jnp.ones((steps, 3)))
    assert scan_counts(eqn) == (1, 2)


def test_a_scan_without_anything_read_or_stacked():
    def run(start):
        return jax.lax.scan(lambda c, _: (2 * c, None), start, None, 4)[0]

    assert scan_counts(the_scan(run, jnp.ones(()))) == (0, 1)


def split_bits(power):
    @jax.custom_jvp
    def function(x):
        bits = jax.lax.bitcast_convert_type(x, jnp.uint64)
        same = jax.lax.bitcast_convert_type(bits, jnp.float64)
        return jnp.exp(-(same**power))

    function.defjvp(lambda x, t: (function(*x), t[0]))
    return function


@pytest.mark.parametrize(("power", "known"), [(2, True), (4, False)])
def test_a_gaussian_is_known_by_its_values(power, known):
    program = jax.make_jaxpr(jax.vmap(split_bits(power)))(jnp.ones((2, 3))).jaxpr
    assert [is_gaussian(e) for e in program.eqns] == [known]


def test_other_functions_are_none():
    program = jax.make_jaxpr(jax.grad(jax.nn.silu))(1.0).jaxpr
    assert not any(is_gaussian(e) for e in program.eqns)
