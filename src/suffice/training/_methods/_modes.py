"""A linearised problem in the eigenbasis of its tangent kernel.

With `J Jᵀ = U Λ Uᵀ`, functions of the kernel act on each mode of a residual
separately, and the flow of the linearised problem stays in the range of `Jᵀ U`. If
there are fewer parameters than residuals, the same modes come from the smaller matrix
`Jᵀ J = V Λ Vᵀ`, because `Uᵀ J = Λ^½ Vᵀ`.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ._eigh import eigh
from ._problem import Tangent

_FEW = 8  # with at most so many residuals, forming Uᵀ J is faster


class Modes(NamedTuple):
    """`Λ`, `Uᵀ r`, and the products `Uᵀ J v` and `Jᵀ U c`."""

    kernel: jax.Array
    residual: jax.Array
    push: Callable[[jax.Array], jax.Array]
    pull: Callable[[jax.Array], jax.Array]


def modes(tangent: Tangent, parameters: int) -> Modes:
    """The modes, from the smaller of `J Jᵀ` and `Jᵀ J`."""
    if tangent.residual.size > parameters:
        return _from_parameters(tangent)
    kernel, basis = _eigh(tangent.gram())
    residual = tangent.residual @ basis
    if tangent.residual.size <= _FEW:
        return _through(kernel, residual, basis.T @ tangent.matrix())
    return Modes(
        kernel,
        residual,
        push=lambda v: tangent.push(v) @ basis,
        pull=lambda c: tangent.pull(basis @ c),
    )


def _from_parameters(tangent):
    jac = tangent.matrix()
    kernel, basis = _eigh(jac.T @ jac)
    scale = jnp.sqrt(kernel)
    pulled = (tangent.residual @ jac) @ basis
    residual = jnp.where(scale > 0, pulled / jnp.where(scale > 0, scale, 1.0), 0.0)
    return _through(kernel, residual, scale[:, None] * basis.T)


def _through(kernel, residual, matrix):
    """The modes with their products through the matrix `Uᵀ J`."""
    return Modes(kernel, residual, lambda v: matrix @ v, lambda c: c @ matrix)


def _eigh(matrix):
    values, basis = eigh(matrix)
    return jnp.maximum(values, 0.0), basis
