"""The completion matrix: the Jacobian of the observed entries in the factors."""

import numpy as np
import scipy.sparse as sp

from suffice.completion._entries._mask import Mask


def completion_matrix(
    mask: Mask, a: np.ndarray, b: np.ndarray, still: tuple[np.ndarray, np.ndarray]
) -> sp.csr_array:
    """Return the sparse Jacobian of the observed entries.

    The columns of factors that are held still are zero.

    Args:
        mask: The observed entries.
        a: Row factors, shape `(rows, rank)`.
        b: Column factors, shape `(columns, rank)`.
        still: Which rows and which columns are held still.
    """
    r = a.shape[1]
    m, n = mask.shape
    left = np.where(still[0][mask.rows][:, None], 0.0, b[mask.columns])
    right = np.where(still[1][mask.columns][:, None], 0.0, a[mask.rows])
    slots = np.arange(r)
    indices = np.concatenate(
        [mask.rows[:, None] * r + slots, (m + mask.columns[:, None]) * r + slots],
        axis=1,
    )
    pointers = np.arange(mask.size + 1) * 2 * r
    data = np.concatenate([left, right], axis=1).ravel()
    shape = (mask.size, (m + n) * r)
    return sp.csr_array((data, indices.ravel(), pointers), shape=shape)


def block_jacobi(
    mask: Mask, a: np.ndarray, b: np.ndarray, still: tuple[np.ndarray, np.ndarray]
) -> sp.csr_array:
    """Return the inverse square roots of the diagonal blocks of the normal matrix."""
    grams = np.concatenate(
        [
            _grams(mask.rows, b[mask.columns], mask.shape[0], still[0]),
            _grams(mask.columns, a[mask.rows], mask.shape[1], still[1]),
        ]
    )
    values, vectors = np.linalg.eigh(grams)
    least = np.where(values[:, -1:] > 0, 1e-12 * values[:, -1:], 1.0)
    roots = 1.0 / np.sqrt(np.maximum(values, least))
    blocks = (vectors * roots[:, None, :]) @ vectors.transpose(0, 2, 1)
    count, r, _ = blocks.shape
    pointers = np.arange(count + 1)
    return sp.csr_array(
        sp.bsr_array((blocks, np.arange(count), pointers), shape=(count * r,) * 2)
    )


def _grams(owner, vectors, count, still):
    r = vectors.shape[1]
    sums = np.empty((count, r, r))
    for k in range(r):
        for other in range(k + 1):
            products = vectors[:, k] * vectors[:, other]
            sums[:, k, other] = np.bincount(owner, products, minlength=count)
            sums[:, other, k] = sums[:, k, other]
    sums[still] = np.eye(r)
    return sums
