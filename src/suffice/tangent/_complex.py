"""Tangent matrices at complex inputs, which separate neurons better than real ones."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Key

from suffice._core import Model, numerical_rank, NumericalRank, numpy_rng, ravel
from suffice.models import RealSpace

from ._precision._tangent_matrix import measured
from ._precision._traits import Traits

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


def is_meromorphic(traits: Traits) -> bool:
    """Whether every operation of a model is single-valued on complex numbers.

    Logarithms, roots, absolute values and comparisons are not: softplus, for example,
    jumps by `2 pi i` across its branch cut, and ranks computed there are wrong.
    """
    return traits.names <= MEROMORPHIC and traits.note is None


def complex_rank(
    model: Model, domain: RealSpace, n: int, *, key: Key[Array, ""]
) -> NumericalRank:
    """The rank of the tangent matrix at complex inputs `rho (g_1 + i g_2)`.

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
    matrix, error = measured(complex_jacobian, model, x, 2.0**-53)
    size = np.abs(matrix).max(1, initial=0)
    far = np.isfinite(matrix).all(1) & np.isfinite(error).all(1) & (size < 1e4)
    return numerical_rank(matrix[far], error=error[far])


def complex_jacobian(
    model: Model, x: Complex[np.ndarray, "n ..."]
) -> Complex[np.ndarray, "rows p"]:
    """The tangent matrix at complex inputs, in the order of `jacobian`."""
    rows = np.asarray(_rows(model, x))
    return rows.reshape(-1, rows.shape[-1])


@eqx.filter_jit
def _rows(model, x):
    theta, rebuild = ravel(model)

    def gradient(point):
        function = jax.jacrev(lambda vector: rebuild(vector)(point), holomorphic=True)
        return function(theta.astype(jnp.complex128))

    return jax.vmap(gradient)(x)
