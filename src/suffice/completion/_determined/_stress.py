"""Whether a finite number of completions is one, by the rank of stresses."""

import numpy as np

from suffice.completion._entries._mask import Mask

from ._elimination import nullspace, rank_mod
from ._field import Integers

STRESSES = 6
LARGEST = 1600


def stress_certificate(mask: Mask, rank: int, field: Integers) -> bool:
    """Whether stresses certify that a finitely completable mask has one completion.

    A stress is a dependence of the observed entries: weights `Ω` on them with
    `Aᵀ Ω = 0` and `Ω Bᵀ = 0`. When the common kernels of the stresses are no larger
    than these equations ask, dimension `rank` on both sides, the factors of every
    other completion span the same spaces and the completion is the same. False means
    "not certified": there may still be one completion only, or the mask is too large
    to look.

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
