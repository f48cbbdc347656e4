"""A linearised problem in the eigenbasis of its tangent kernel.

With `J Jᵀ = U Λ Uᵀ`, functions of the kernel act on residuals one mode at a time, and
the flow of the linearised problem never leaves the range of `Jᵀ U`. Where there are
fewer parameters than residuals the same modes come from the smaller matrix
`Jᵀ J = V Λ Vᵀ`, because `Uᵀ J = Λ^½ Vᵀ`.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._problem import Tangent


class Modes(eqx.Module):
    """`Λ`, `Uᵀ r`, and the products `Uᵀ J v` and `Jᵀ U c`."""

    kernel: Float[Array, " k"]
    residual: Float[Array, " k"]
    _basis: Float[Array, "_ k"]
    _tangent: Tangent | None

    def push(self, v: Float[Array, " p"]) -> Float[Array, " k"]:
        """`Uᵀ J v`."""
        if self._tangent is None:
            return jnp.sqrt(self.kernel) * (v @ self._basis)
        return self._tangent.push(v) @ self._basis

    def pull(self, c: Float[Array, " k"]) -> Float[Array, " p"]:
        """`Jᵀ U c`."""
        if self._tangent is None:
            return self._basis @ (jnp.sqrt(self.kernel) * c)
        return self._tangent.pull(self._basis @ c)


def modes(tangent: Tangent, parameters: int) -> Modes:
    """Diagonalise the smaller of `J Jᵀ` and `Jᵀ J`."""
    if tangent.residual.size <= parameters:
        kernel, basis = _eigh(tangent.gram())
        return Modes(kernel, tangent.residual @ basis, basis, tangent)
    jac = tangent.matrix()
    kernel, basis = _eigh(jac.T @ jac)
    scale = jnp.sqrt(kernel)
    pulled = (tangent.residual @ jac) @ basis
    residual = jnp.where(scale > 0, pulled / jnp.where(scale > 0, scale, 1.0), 0.0)
    return Modes(kernel, residual, basis, None)


def _eigh(matrix):
    basis, values = jax.lax.linalg.eigh(matrix, symmetrize_input=False)
    return jnp.maximum(values, 0.0), basis
