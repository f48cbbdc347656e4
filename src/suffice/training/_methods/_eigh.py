"""Eigenvalues and eigenvectors of a symmetric matrix, in many members at once.

A library solves one matrix after another, and for a matrix of four rows the calls take
longer than the arithmetic. Here the members are the last axis of every array, and all
of them turn together.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_SMALL = 6  # rows up to which turning all members together is faster than LAPACK
_SWEEPS = 15  # never reached: from the second or third on, each squares the remainder
_EPS = np.finfo(float).eps


@jax.custom_batching.custom_vmap
def eigh(matrix: Float[Array, "n n"]) -> tuple[Float[Array, " n"], Float[Array, "n n"]]:
    """Return the eigenvalues, in any order, and the eigenvectors as columns."""
    return _lapack(matrix)


@eigh.def_vmap
def _together(members, batched, matrices):
    solve = _jacobi if matrices.shape[-1] <= _SMALL else _lapack
    return solve(matrices), (True, True)


def _lapack(matrices):
    basis, values = jax.lax.linalg.eigh(matrices, symmetrize_input=False)
    return values, basis


def _jacobi(matrices: Float[Array, "members n n"]):
    """The cyclic method of Jacobi, in which all disjoint pairs turn at the same time.

    Off-diagonal elements below the rounding errors of LAPACK are left alone. So a
    member that has converged stays what it is while others go on.

    Source:
        Brent and Luk 1985 (the order of the pairs); Golub and Van Loan, section 8.5.
    """
    n = matrices.shape[-1]
    a = jnp.moveaxis(matrices, 0, -1)
    a = jnp.pad(a, ((0, n % 2), (0, n % 2), (0, 0)))  # an even number of rows
    even, members = a.shape[1:]
    negligible = _EPS / (4 * even) * jnp.trace(a)[None]
    i, j = np.arange(even // 2), np.arange(even // 2, even)

    def turn(_, state):
        a, v, moved = state
        off = a[i, j]
        large = jnp.abs(off) > negligible
        ratio = (a[j, j] - a[i, i]) / (2 * off)
        sign = jnp.where(ratio < 0, -1.0, 1.0)
        tangent = sign / (jnp.abs(ratio) + jnp.sqrt(1 + ratio**2))
        tangent = jnp.where(large, tangent, 0.0)
        cosine = (1 / jnp.sqrt(1 + tangent**2))[None]
        sine = tangent[None] * cosine
        a = _turned(cosine, sine, a)  # columns, then rows
        a = _turned(cosine, sine, a.swapaxes(0, 1)).swapaxes(0, 1)
        return a, _turned(cosine, sine, v), moved | large.any(axis=0)

    def sweep(state):
        count, a, v, _ = state
        still = jnp.zeros(members, bool)
        a, v, moved = jax.lax.fori_loop(0, even - 1, turn, (a, v, still))
        return count + 1, a, v, moved.any()

    def unfinished(state):
        return (state[0] < _SWEEPS) & state[3]

    v = jnp.broadcast_to(jnp.eye(even)[..., None], a.shape)
    _, a, v, _ = jax.lax.while_loop(unfinished, sweep, (0, a, v, True))
    values = jnp.diagonal(a)[:, :n]
    return values, jnp.moveaxis(v, -1, 0)[:, :n, :n]


def _turned(cosine, sine, a):
    """Turn every pair of columns, and put new pairs beside each other.

    The pairs are the columns `k` and `k + n/2`. The first column stays and the others
    move on by one place around both halves, so that after `n - 1` turns every two have
    met and all are back in place.
    """
    left, right = jnp.split(a, 2, axis=1)
    left, right = cosine * left - sine * right, sine * left + cosine * right
    if left.shape[1] == 1:
        return jnp.concatenate([left, right], axis=1)
    parts = left[:, :1], right[:, :1], left[:, 1:-1], right[:, 1:], left[:, -1:]
    return jnp.concatenate(parts, axis=1)
