"""Quantities that gradient flow of `A B` conserves: row space and imbalance."""

import numpy as np
from jaxtyping import Float


def leak(
    z: Float[np.ndarray, "steps *runs vertices width"],
) -> Float[np.ndarray, "steps *runs"]:
    """Return the relative norm of `Z` outside of the row space of the first step."""
    _, s, vt = np.linalg.svd(z[0], full_matrices=False)
    basis = vt * (s > 1e-12 * s[..., :1])[..., None]
    outside = z - (z @ np.swapaxes(basis, -1, -2)) @ basis
    return np.linalg.norm(outside, axis=(-2, -1)) / np.linalg.norm(z, axis=(-2, -1))


def imbalances(
    z: Float[np.ndarray, "*runs vertices width"],
    m: int,
    rows: np.ndarray | None = None,
    columns: np.ndarray | None = None,
) -> Float[np.ndarray, "*runs width width"]:
    """Return `D = A^T A - B B^T`, restricted to some rows and columns if given."""
    a, bt = z[..., :m, :], z[..., m:, :]
    a = a if rows is None else a[..., rows, :]
    bt = bt if columns is None else bt[..., columns, :]
    return np.swapaxes(a, -1, -2) @ a - np.swapaxes(bt, -1, -2) @ bt


def descent_drift(
    left: Float[np.ndarray, "rows width"],
    right: Float[np.ndarray, "width columns"],
    residual: Float[np.ndarray, "rows columns"],
    learning_rate: float,
) -> Float[np.ndarray, "width width"]:
    r"""Return the exact change of `D = AᵀA - B Bᵀ` in one step of gradient descent.

        η² (B Rᵀ R Bᵀ - Aᵀ R Rᵀ A)

    with the residual `R = P ∘ (A B - M)`. Gradient flow conserves `D`; a step
    of descent changes it by this term of second order in the learning rate.

    Args:
        left: `A`.
        right: `B`.
        residual: `R`, zero where nothing is observed.
        learning_rate: `η`, for the loss `½ |R|²`.

    Source:
        Derived and verified here.
    """
    pushed, pulled = residual @ right.T, left.T @ residual
    return learning_rate**2 * (pushed.T @ pushed - pulled @ pulled.T)
