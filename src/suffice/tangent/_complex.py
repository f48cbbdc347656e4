"""Tangent matrices at complex inputs, which separate neurons better than real ones."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Key

from suffice._core import Inputs, Model, numpy_rng, ravel
from suffice.models import RealSpace

# Operations that are single-valued wherever they are defined, so no branch is crossed.
MEROMORPHIC = frozenset(
    {
        *("add", "sub", "mul", "neg", "div", "add_any", "integer_pow", "square"),
        *("dot_general", "reduce_sum", "exp", "tanh", "sin", "cos", "logistic"),
        *("reshape", "transpose", "broadcast_in_dim", "squeeze", "expand_dims"),
        *("concatenate", "slice", "dynamic_slice", "split", "gather", "pad", "copy"),
        *("stack", "unstack", "convert_element_type"),
        *("jit", "pjit", "custom_jvp_call", "custom_vjp_call"),
    }
)


def is_meromorphic(model: Model, x: Inputs) -> bool:
    """Whether every operation of a model is single-valued on complex numbers.

    Logarithms, roots, absolute values and comparisons are not: softplus, for example,
    jumps by `2 pi i` across its branch cut, and ranks computed there are wrong.
    """
    theta, rebuild = ravel(model)
    jaxpr = jax.make_jaxpr(lambda vector, point: rebuild(vector)(point))(theta, x)
    return all(name in MEROMORPHIC for name in _primitives(jaxpr.jaxpr))


def complex_jacobian(
    model: Model, domain: RealSpace, n: int, *, key: Key[Array, ""]
) -> Complex[np.ndarray, "rows p"]:
    """The tangent matrix at complex inputs `rho (g_1 + i g_2)`.

    A linear relation between analytic functions on `R^d` also holds on their connected
    complex domain, so these rows have the same rank as rows at real inputs. They are
    far better conditioned near the poles. Rows close to a pole (an entry above 1e4)
    are left out.

    Args:
        model: A model for which `is_meromorphic` holds.
        domain: The space of real inputs.
        n: Number of inputs to draw.
        key: Random key.

    Source:
        Identity theorem for analytic functions; the conditioning was measured here on
        two-layer and deep networks.
    """
    rng = numpy_rng(key)
    shape = domain.sample(key, n).shape
    size = np.exp(rng.uniform(-2.0, 1.0, (n,) + (1,) * (len(shape) - 1)))
    x = size * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    rows = np.asarray(_rows(model, x))
    rows = rows.reshape(-1, rows.shape[-1])
    return rows[np.isfinite(rows).all(1) & (np.abs(rows).max(1, initial=0) < 1e4)]


@eqx.filter_jit
def _rows(model, x):
    theta, rebuild = ravel(model)

    def gradient(point):
        function = jax.jacrev(lambda vector: rebuild(vector)(point), holomorphic=True)
        return function(theta.astype(jnp.complex128))

    return jax.vmap(gradient)(x)


def _primitives(jaxpr):
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for value in equation.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                yield from _primitives(inner)
