"""The functions of exponential integrators."""

import math

import flint
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.training._methods._phi_functions import double, phi

Z = np.concatenate([[0.0], np.geomspace(1e-12, 1e8, 120), [0.999999, 1.0, 1.000001]])


def exact(k, z):
    """phi_k(-z) by the confluent hypergeometric function, in 100 digits."""
    before, flint.ctx.dps = flint.ctx.dps, 100
    try:
        value = flint.arb(-float(z)).hypgeom_1f1(1, k + 1) / math.factorial(k)
        return float(value.mid())
    finally:
        flint.ctx.dps = before


@pytest.mark.parametrize("doubled", [False, True])
def test_phi_functions_are_right_to_rounding(doubled):
    found = double(phi(jnp.asarray(Z / 2))) if doubled else phi(jnp.asarray(Z))
    for k in range(1, 5):
        twin = np.array([exact(k, z) for z in Z])
        np.testing.assert_allclose(found[k], twin, rtol=1e-14)
    np.testing.assert_allclose(found[0], np.exp(-Z), rtol=1e-14, atol=1e-300)
