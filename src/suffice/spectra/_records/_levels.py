"""Levels of a noisy curve: from which record on it holds one, and when it lost it."""

import dataclasses

import numpy as np
from jaxtyping import Float


def steady(curve: Float[np.ndarray, " step"]) -> Float[np.ndarray, " step"]:
    """Return medians of three neighbours, so that no single record decides.

    The first record stands for itself: it is the state before training. The last one is
    the median of the last three.
    """
    if len(curve) < 3:
        return curve
    inner = np.median([curve[:-2], curve[1:-1], curve[2:]], axis=0)
    return np.concatenate([curve[:1], inner, inner[-1:]])


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
