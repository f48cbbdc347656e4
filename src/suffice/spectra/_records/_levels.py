"""Levels of a noisy curve: from which record on it holds one, and when it lost it."""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float

FEWEST_DIFFERENCES = 8
MEDIAN = 0.6745  # of the size of a standard normal number


def steady(curve: Float[np.ndarray, " step"]) -> Float[np.ndarray, " step"]:
    """Return medians of three neighbours, so that no single record decides.

    The first record stands for itself: it is the state before training. The last one is
    the median of the last three.
    """
    if len(curve) < 3:
        return curve
    inner = np.median([curve[:-2], curve[1:-1], curve[2:]], axis=0)
    return np.concatenate([curve[:1], inner, inner[-1:]])


def fluctuation(
    curve: Float[np.ndarray, " step"], counted: Bool[np.ndarray, " step"]
) -> float:
    """Return the standard deviation of independent noise on a smooth curve.

    It is read off second differences, whose median a bend of the curve does not move;
    fewer than eight of them say nothing, and count as no noise.

    Args:
        curve: The curve.
        counted: The records that count; a difference needs three neighbours.
    """
    both = counted[:-2] & counted[1:-1] & counted[2:]
    differences = np.abs(np.diff(curve, 2))[both]
    if len(differences) < FEWEST_DIFFERENCES:
        return 0.0
    return float(np.median(differences) / (MEDIAN * 6**0.5))


@dataclasses.dataclass(frozen=True)
class HeldLevel:
    """A level that a steady curve reaches from below, and one at which it is lost.

    The second is lower: a curve that fluctuates between them holds the level.

    Attributes:
        enter: The value from which on the level is reached.
        leave: The value below which it is lost.
    """

    enter: float
    leave: float

    def held(self, curve: Float[np.ndarray, " step"]) -> int | None:
        """Return the record from which on the level is held to the end, or None."""
        below = np.flatnonzero(curve < self.leave)
        start = below[-1] + 1 if below.size else 0
        reached = np.flatnonzero(curve[start:] >= self.enter)
        return int(start + reached[0]) if reached.size else None
