"""Signs of atoms, and the additional neurons for a constant or linear remainder.

If mirror neurons leave a constant or a linear function, an atom may be written with
either sign of its vector, and the choice adds this function. All these functions must
add up to a goal. The remainder is represented by doubling atoms (one neuron each, for
any multiple of the atom's function), by a constant neuron, or by a pair of new neurons
for each direction.
"""

import itertools
from typing import NamedTuple

import numpy as np

from ._bounds import length
from ._exactly import Remainder

_ALL = 8  # with at most so many atoms, all sets of doubled atoms are tried
_SIGNS = 14  # with at most so many atoms, all choices of signs are tried
_TRIED = 64  # sign vectors of which the exact remainder is computed at most
_ROUNDING = 64 * np.finfo(float).eps
_NUMBERS = 2**24  # largest number of entries in a table of remainders


class Choice(NamedTuple):
    """Signs and additional neurons that add up to a goal.

    Attributes:
        signs: Sign of each atom.
        shares: Multiple of each helper, `(helpers, outputs)`; zero for unused ones.
        pairs: Directions of new pairs of neurons, `(k, d)`.
        weights: Multiples of these directions, `(k, outputs)`.
        left: Norm of the remaining difference from the goal.
    """

    signs: np.ndarray
    shares: np.ndarray
    pairs: np.ndarray
    weights: np.ndarray
    left: float


def choose(
    parts: np.ndarray,
    goal: np.ndarray,
    preferred: np.ndarray,
    helpers: np.ndarray,
    costs: np.ndarray,
    small: float,
    exact: Remainder | None = None,
) -> Choice:
    """Choose signs and helpers such that few neurons are needed to reach the goal.

    With exact sums, rounded ones only propose what to try first.

    Args:
        parts: The function of each atom with sign `+1`, `(atoms, outputs, d)`.
        goal: The required sum of all functions, `(outputs, d)`.
        preferred: The sign of each atom among equally good choices.
        helpers: Vectors of which any multiple can be added, `(helpers, d)`; the first
            ones belong to the atoms, in order.
        costs: Number of neurons that each helper needs.
        small: Largest norm that counts as zero.
        exact: The remainders in exact arithmetic, of which nothing counts as zero.
    """
    norms = length(helpers)[:, None]
    helpers = helpers / norms
    free = tuple(np.flatnonzero(costs == 0).tolist())
    best, signs, used = np.inf, preferred, free
    paid = tuple(np.flatnonzero(costs > 0).tolist())
    for count in range(_most(len(parts), len(paid)) + 1):
        for extra in itertools.combinations(paid, count):
            table = _table(len(parts), preferred, extra)
            with_them = [*free, *extra]
            rank = _ranks(parts, goal, table, helpers[with_them], small)
            if exact is not None:
                rank = _confirmed(rank, table, with_them, exact)
            row = int(np.argmin(rank))
            price = 2 * int(rank[row])
            price += costs[list(extra)].sum()
            # Doubled atoms have fewer tangent directions than as many new neurons.
            more = len(free) + count > len(used)
            if price < best or (price == best and more):
                best, signs, used = price, table[row], (*free, *extra)
        if best < count + 1:
            break
    rest = goal - np.einsum("t,tcd->cd", signs, parts)
    least = 0
    if exact is not None:
        rest = exact.left(signs).astype(float)
        least = exact.rank(signs, used)
        small = _ROUNDING * float(length(rest.ravel()))
    basis = helpers[list(used)]
    shares = np.zeros((len(helpers), goal.shape[0]))
    if used:
        shares[list(used)] = (rest @ _inverse(basis)).T
    rest = rest - shares.T @ helpers
    left, size, right = np.linalg.svd(rest, full_matrices=False)
    new = (size > small) | (np.arange(len(size)) < least)
    gone = float(np.linalg.norm(size[~new]))
    return Choice(signs, shares / norms, right[new], (left * size).T[new], gone)


def _inverse(basis):
    # The cutoff avoids differences of nearly equal helpers, which would represent the
    # remainder by neurons with huge opposite weights.
    return np.linalg.pinv(basis, rcond=1e-4)


def _most(atoms, paid):
    """The largest number of helpers that are combined."""
    return paid if atoms <= _ALL else min(paid, 1)


def _table(atoms, preferred, extra):
    """The sign vectors to try, in the order of their distance from the preferred one.

    The sign of a doubled atom is irrelevant and stays unchanged.
    """
    loose = [t for t in range(atoms) if t not in extra]
    if atoms > _SIGNS:
        return preferred[None]
    flips = np.array(list(itertools.product([1.0, -1.0], repeat=len(loose))))
    table = np.tile(preferred, (len(flips), 1)).reshape(len(flips), atoms)
    table[:, loose] *= flips
    return table[np.argsort(-flips.sum(axis=1), kind="stable")]


def _ranks(parts, goal, table, basis, small):
    """The number of directions that are left for each of the first sign vectors."""
    if table.shape[0] * goal.size > _NUMBERS:
        table = table[:1]
    rest = goal - np.tensordot(table, parts, axes=1)
    if len(basis):
        rest = rest - rest @ _inverse(basis) @ basis
    if goal.shape[0] == 1:
        return (length(rest[:, 0]) > small).astype(int)
    return (np.linalg.svd(rest, compute_uv=False) > small).sum(axis=1)


def _confirmed(rank, table, used, exact: Remainder):
    """The same ranks, with exact ones where the least of them are too small."""
    known = np.zeros(len(rank), bool)
    for _ in range(_TRIED):
        row = int(np.argmin(rank))
        if known[row]:
            return rank
        rank[row], known[row] = max(rank[row], exact.rank(table[row], used)), True
    return np.where(known, rank, rank.max(initial=0) + 1)
