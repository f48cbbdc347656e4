"""Masks with known answers, and exact twins that share no code with the package."""

import flint
import numpy as np

PRIME = 2**31 - 1


def band(size, width):
    i = np.arange(size)
    return np.abs(i[:, None] - i) <= width


def off_diagonal(size):
    return ~np.eye(size, dtype=bool)


def two_blocks(size, links=0, seed=0):
    """Two full diagonal blocks, and some entries between the first and the second."""
    half = size // 2
    mask = np.zeros((size, size), bool)
    mask[:half, :half] = mask[half:, half:] = True
    at = np.random.default_rng(seed).choice(half * half, links, replace=False)
    mask[at // half, half + at % half] = True
    return mask


def overlapping(size, rows, columns):
    """Two full blocks of one size that share some rows and some columns."""
    mask = np.zeros((2 * size - rows, 2 * size - columns), bool)
    mask[:size, :size] = mask[size - rows :, size - columns :] = True
    return mask


def random_masks(count, seed, most=10):
    rng = np.random.default_rng(seed)
    while count:
        m, n = rng.integers(2, most + 1, 2)
        rank = int(rng.integers(1, min(4, m, n) + 1))
        mask = rng.random((m, n)) < rng.uniform(0.3, 0.95)
        if mask.any():
            count -= 1
            yield mask, rank


class ExactTwin:
    """Completion matrix modulo a prime, one rank by python-flint per question."""

    def __init__(self, mask, rank, seed=0):
        self.mask, self.r = mask, rank
        rng = np.random.default_rng(seed)
        self.a, self.b = (rng.integers(1, PRIME, (s, rank)) for s in mask.shape)
        self.rows = [self.row(i, j) for i, j in np.argwhere(mask)]
        self.rank = self.rank_of(self.rows)

    def row(self, i, j):
        r, (m, n) = self.r, self.mask.shape
        row = [0] * (r * (m + n))
        row[i * r : (i + 1) * r] = self.b[j].tolist()
        row[(m + j) * r : (m + j + 1) * r] = self.a[i].tolist()
        return row

    @staticmethod
    def rank_of(rows):
        return flint.nmod_mat(rows, PRIME).rank() if rows else 0

    def determined(self):
        """Which unobserved entries leave the rank as it is."""
        found = np.zeros(self.mask.shape, bool)
        for i, j in np.argwhere(~self.mask):
            found[i, j] = self.rank_of([*self.rows, self.row(i, j)]) == self.rank
        return found
