"""Parameters that act through jumps of a law, which no derivative sees."""

import numpy as np
from jaxtyping import Float

from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes, with_values

from ._combinations import Combinations

STEPS, LENGTH = 60, 0.6  # of a move in logarithms of the parameters
SAME = 1e-4  # the path is followed to second order


def by_jumps(
    law: Law,
    x: Float[np.ndarray, "n inputs"],
    rank: int,
    found: Combinations,
    drawn: list[Law],
) -> tuple[str, ...]:
    """Names of parameters that are not determined by derivatives, but by jumps.

    A parameter without derivatives is moved by itself; the others are moved along
    directions in which no derivative changes. Where the law changes all the same, it
    does so through its jumps.

    Args:
        law: The law, whose program has pieces.
        x: The inputs.
        rank: The rank of its derivatives.
        found: What derivatives say.
        drawn: The law at other values.
    """
    alone = tuple(name for name in found.unseen if _moves(law, name, drawn, x))
    mixed = {name for c in found.mixed for name in c.parameters}
    moving = np.array([j for j, n in enumerate(law.names) if n not in found.unseen])
    if mixed and not all(_stays(near, x, rank, moving) for near in (law, *drawn[:2])):
        return tuple(name for name in law.names if name in mixed or name in alone)
    return alone


def _moves(law: Law, name: str, drawn: list[Law], x: np.ndarray) -> bool:
    """Whether the law changes with one parameter alone."""
    before, index = predictions(law, x), law.names.index(name)
    for near in drawn:
        values = np.array(law.values)
        values[index] = near.values[index]
        if (predictions(with_values(law, values), x) != before).any():
            return True
    return False


def _stays(law: Law, x: np.ndarray, rank: int, moving: np.ndarray) -> bool:
    """Whether the law stays the same along a path without derivatives."""
    values = np.array(law.values)
    before, step = predictions(law, x), LENGTH / STEPS
    for _ in range(STEPS):
        half = values * np.exp(step / 2 * _along(law, values, x, rank, moving))
        values = values * np.exp(step * _along(law, half, x, rank, moving))
    after = predictions(with_values(law, values), x)
    return bool(np.abs(after - before).max() <= SAME * np.abs(before).max())


def _along(law, values, x, rank, moving) -> np.ndarray:
    """A direction, in logarithms of what moves, along which no derivative changes."""
    j = slopes(with_values(law, values), x)[:, moving] * values[moving]
    size = np.linalg.norm(j, axis=1, keepdims=True)
    basis = np.linalg.svd(j / np.where(size > 0, size, 1.0))[2][rank:]
    heading = np.random.default_rng(0).standard_normal(len(moving))
    along = np.zeros(len(values))
    along[moving] = basis.T @ (basis @ heading)
    return along / max(np.abs(along).max(), 1e-300)
