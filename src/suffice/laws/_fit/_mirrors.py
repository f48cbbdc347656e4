"""Other values of the parameters that fit equally well."""

import itertools

import numpy as np
from jaxtyping import Float

from suffice.laws._formula._law import Law

from ._least_squares import descend, Least
from ._measurements import Measurements

MOST = 24  # starts from exchanged or mirrored parameters
FACTORS = (1.0, 0.125, 8.0)  # of the others, where they start
SAME, OTHER = 1e-6, 1e-3


def mirrors(
    law: Law, data: Measurements, least: Least, inverse: Float[np.ndarray, "p p"]
) -> tuple[Float[np.ndarray, " p"], ...]:
    """Solutions with the same sum of squares, found from exchanged parameters.

    Two parameters change places, or one changes its sign; the others are fitted first,
    then all. A discrete symmetry, as of two exponentials or of flip-flop kinetics, is
    seen in no derivative at one solution.

    Args:
        law: The law.
        data: The measurements.
        least: The fit.
        inverse: The inverse of the information: values that differ by less than the
            sums of squares can tell are the same.
    """
    total = float((data.weight**2 * data.y**2).sum())
    scale = SAME * max(least.squares, 1e-10 * total)
    apart = 2 * np.sqrt(scale * np.diag(inverse))
    known = [least.values]
    for values, held in itertools.islice(_starts(least.values), MOST):
        if not _inside(law, values):
            continue
        found = _refitted(law, data, values, held)
        if found is None or found.squares > least.squares + scale:
            continue
        if all(_differ(found.values, other, apart) for other in known):
            known.append(found.values)
    return tuple(known[1:])


def _starts(values: np.ndarray):
    for i, j in itertools.combinations(range(len(values)), 2):
        swapped = values.copy()
        swapped[[i, j]] = values[[j, i]]
        yield swapped, (i, j)
    for i in range(len(values)):
        mirrored = values.copy()
        mirrored[i] *= -1
        yield mirrored, (i,)


def _inside(law: Law, values: np.ndarray) -> bool:
    low, high = np.array(law.bounds).T
    return bool(((values >= low) & (values <= high)).all())


def _refitted(law, data, values, held) -> Least | None:
    low, high = np.array(law.bounds).T
    begun = []
    for factor in FACTORS:
        near = np.clip(values * factor, low, high)
        near[list(held)] = values[list(held)]
        begun.append(descend(law, data, near, held=held))
    kept = [least for least in begun if least is not None]
    if not kept:
        return None
    return descend(law, data, min(kept, key=lambda least: least.squares).values)


def _differ(one: np.ndarray, other: np.ndarray, apart: np.ndarray) -> bool:
    scale = np.maximum(np.abs(one), np.abs(other))
    return bool((np.abs(one - other) > np.maximum(OTHER * scale, apart)).any())
