"""Limits on the work of a run, which may be raised when a store grows."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from ._grid import flatten, is_varied
from ._plain import to_plain
from ._study import Sweepable


@dataclasses.dataclass(frozen=True)
class Shorter:
    """The numbers of a cell that was computed under lower limits.

    Attributes:
        limits: The limits that some run met, by the paths of their fields.
        values: The numbers of all runs.
    """

    limits: Mapping[str, float]
    values: Mapping[str, np.ndarray]


def counts(study: Sweepable) -> Mapping[str, str]:
    """The variable that counts towards each limit, by the path of its field."""
    return getattr(study, "limits", {})


def limits_of(study: Sweepable) -> dict[str, float]:
    """The limits that a store of this study has; a varied field is none."""
    flat = dict(flatten(to_plain(study)))
    paths = [path for path in counts(study) if not is_varied(study, path)]
    return {path: float(flat[path]) for path in paths if path in flat}


def met(study: Sweepable, values: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The limits that some run has met; a larger one would let it go on."""
    return {
        path: limit
        for path, limit in limits_of(study).items()
        if (values[counts(study)[path]] >= limit).any()
    }


def open_runs(study: Sweepable, shorter: Shorter) -> np.ndarray:
    """Which runs met a limit that is larger now, as a mask."""
    now = limits_of(study)
    masks = [
        shorter.values[counts(study)[path]] >= limit
        for path, limit in shorter.limits.items()
        if now.get(path, limit) > limit
    ]
    return np.any(masks, axis=0)


def is_short(held: Mapping[str, float], now: Mapping[str, float]) -> bool:
    """Whether some run met a limit that is larger now."""
    return any(now.get(path, limit) > limit for path, limit in held.items())
