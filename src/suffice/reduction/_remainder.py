"""Signs of atoms, and the extra neurons that a linear remainder needs.

Where mirror neurons leave a constant or a linear function, an atom may be written with
either sign of its vector; the choice adds that function. The sum of all these shares
has to meet a goal. What is left over is met by doubling atoms (one neuron each, any
multiple of the atom's own share), by a constant neuron, or by a pair of new neurons per
direction.
"""

import itertools
from typing import NamedTuple

import numpy as np

_ALL = 8  # up to this many atoms every set of doubled atoms is tried
_SIGNS = 14  # up to this many atoms every choice of signs is tried
_NUMBERS = 2**24  # largest table of remainders


class Choice(NamedTuple):
    """How a goal is met.

    Attributes:
        signs: Sign of each atom.
        shares: `(helpers, outputs)`: multiple of each helper, zero where not used.
        pairs: Directions `(k, d)` of new pairs of neurons.
        weights: Their multiples, `(k, outputs)`.
        left: Norm of what is still missing.
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
) -> Choice:
    """Choose signs and helpers so that few neurons meet the goal.

    Args:
        parts: What each atom adds with sign `+1`, shape `(atoms, outputs, d)`.
        goal: What all together must add, `(outputs, d)`.
        preferred: The sign to keep where nothing speaks against it.
        helpers: Vectors of which any multiple can be had, `(helpers, d)`; the first
            ones belong to the atoms, in order.
        costs: Neurons that each helper costs.
        small: Norm that counts as zero.
    """
    norms = np.linalg.norm(helpers, axis=1, keepdims=True)
    helpers = helpers / norms
    free = tuple(np.flatnonzero(costs == 0))
    best, signs, used = np.inf, preferred, free
    paid = tuple(np.flatnonzero(costs > 0))
    for count in range(_most(len(parts), len(paid)) + 1):
        for extra in itertools.combinations(paid, count):
            table = _table(len(parts), preferred, extra)
            price, row = _price(parts, goal, table, helpers[[*free, *extra]], small)
            price += costs[list(extra)].sum()
            if price < best:
                best, signs, used = price, row, (*free, *extra)
        if best <= count + 1:
            break
    rest = goal - np.einsum("t,tcd->cd", signs, parts)
    basis = helpers[list(used)]
    shares = np.zeros((len(helpers), goal.shape[0]))
    if used:
        shares[list(used)] = (rest @ _inverse(basis)).T
    rest = rest - shares.T @ helpers
    left, size, right = np.linalg.svd(rest, full_matrices=False)
    new = size > small
    gone = float(np.linalg.norm(size[~new]))
    return Choice(signs, shares / norms, right[new], (left * size).T[new], gone)


def _inverse(basis):
    # Helpers that nearly agree must not be played off against each other: the
    # difference of two neurons would carry the remainder with huge opposite weights.
    return np.linalg.pinv(basis, rcond=1e-4)


def _most(atoms, paid):
    """How many helpers may be combined."""
    return paid if atoms <= _ALL else min(paid, 1)


def _table(atoms, preferred, extra):
    """Sign vectors to try, the preferred one first, near ones before far ones.

    The sign of a doubled atom does not matter and stays.
    """
    loose = [t for t in range(atoms) if t not in extra]
    if atoms > _SIGNS:
        return preferred[None]
    flips = np.array(list(itertools.product([1.0, -1.0], repeat=len(loose))))
    table = np.tile(preferred, (len(flips), 1)).reshape(len(flips), atoms)
    table[:, loose] *= flips
    return table[np.argsort(-flips.sum(axis=1), kind="stable")]


def _price(parts, goal, table, basis, small):
    """The fewest new neurons over all rows of signs, and the first row with so many."""
    if table.shape[0] * goal.size > _NUMBERS:
        table = table[:1]
    rest = goal - np.tensordot(table, parts, axes=1)
    if len(basis):
        rest = rest - rest @ _inverse(basis) @ basis
    if goal.shape[0] == 1:
        rank = np.linalg.norm(rest[:, 0], axis=1) > small
    else:
        rank = (np.linalg.svd(rest, compute_uv=False) > small).sum(axis=1)
    row = int(np.argmin(rank))
    return 2 * int(rank[row]), table[row]
