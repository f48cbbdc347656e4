"""Inputs among which a design chooses."""

import itertools
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

from suffice._core import check_size
from suffice.laws._determined._drawn import Ranges, WIDE

PER_AXIS = {1: 401, 2: 41, 3: 13}  # even values of each input; more inputs are spread
SPREAD = 4096


def candidates(
    ranges: Ranges, steps: Mapping[str, float]
) -> Float[np.ndarray, "candidates inputs"]:
    """A lattice over ranges; a wide range is divided in logarithms too.

    An input with a step has all its multiples from the lower end on. Four inputs or
    more are spread evenly, with all corners, unless each has a step.

    Raises:
        ValueError: A step is no positive number, or belongs to no input; or the lattice
            is too large.
    """
    for name, step in steps.items():
        if name not in ranges or not step > 0:
            raise ValueError(
                f"steps gives {name} the step {step:g}; expected a positive number for "
                f"one of {', '.join(ranges)}."
            )
    if len(ranges) in PER_AXIS or set(steps) == set(ranges):
        even = PER_AXIS.get(len(ranges), 2)
        axes = [_axis(ends, steps.get(name), even) for name, ends in ranges.items()]
        count = int(np.prod([len(axis) for axis in axes]))
        check_size(count * len(axes), "the lattice of candidates", "take larger steps")
        return np.array(list(itertools.product(*axes)))
    axes = [np.array(ends) for ends in ranges.values()]
    low, high = np.array(axes).T
    unit = qmc.Sobol(len(axes), seed=0).random(SPREAD)
    corners = list(itertools.islice(itertools.product(*axes), SPREAD))
    return np.concatenate([corners, low + unit * (high - low)])


def _axis(ends: tuple[float, float], step: float | None, even: int) -> np.ndarray:
    low, high = ends
    if step is not None:
        check_size(int((high - low) / step), "a range in steps", "take larger steps")
        return low + step * np.arange(int((high - low) / step * (1 + 1e-12)) + 1)
    values = np.linspace(low, high, even)
    if low > 0 and high > WIDE * low:
        values = np.concatenate([values, np.geomspace(low, high, even)])
    return np.unique(values)
