"""A certificate that a matrix has one completion only, from stresses."""

import numpy as np

from suffice.completion._entries._mask import Mask

from ._elimination import nullspace, rank_mod
from ._field import Integers

STRESSES = 6
LARGEST = 1600


def stress_certificate(mask: Mask, rank: int, field: Integers) -> bool:
    """Return whether stresses certify that the completion is unique.

    The mask must be finitely completable at this rank. A stress is a linear dependence
    of the observed entries: weights `Ω` on them with `Aᵀ Ω = 0` and `Ω Bᵀ = 0`. If the
    common kernels of the stresses have no more than the dimension that these equations
    force, `rank` on both sides, the factors of every other completion span the same
    spaces, and so the completion is the same. False means "not certified": the
    completion may still be unique, or the mask is too large to test.

    Source:
        Derived and verified here, after the argument of Gortler, Healy and Thurston
        and of Singer and Cucuringu for global rigidity.
    """
    m, n = mask.shape
    unknowns = rank * (m + n)
    if unknowns > LARGEST or mask.size > 3 * LARGEST:
        return False
    a, b = field.factors(m, rank), field.factors(n, rank)
    matrix = np.zeros((unknowns, mask.size))
    entries = np.arange(mask.size)
    for k in range(rank):
        matrix[mask.rows * rank + k, entries] = b[mask.columns, k]
        matrix[(m + mask.columns) * rank + k, entries] = a[mask.rows, k]
    basis = nullspace(matrix)
    if not basis.shape[1]:
        return False
    count = min(STRESSES, basis.shape[1])
    weights = field.matmul(basis, field.random(basis.shape[1], count))
    stresses = np.zeros((count, m, n))
    stresses[:, mask.rows, mask.columns] = weights.T
    wide = np.concatenate(list(stresses), axis=1)
    tall = np.concatenate(list(stresses), axis=0)
    return rank_mod(wide.T) == m - rank and rank_mod(tall) == n - rank
