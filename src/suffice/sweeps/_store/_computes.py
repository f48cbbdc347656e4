"""The check that a study still computes what the cells of its store say."""

import functools
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from suffice.sweeps._grid import substitute
from suffice.sweeps._seeds import canonical
from suffice.sweeps._study import fingerprint_of, Sweepable

from ._entry import Marker

ROUNDING = 1e-8  # half the digits of float64: far above what a new version changes


def function_check(
    study: Sweepable, store: Path
) -> Callable[[Mapping[str, Any], Marker | None], None]:
    """A check that refuses to go on with a function that has changed.

    Args:
        study: The study that is swept.
        store: Path of the store, for the message.

    Returns:
        What takes the point and the marker of a cell, and raises a ValueError if a
        function computed other numbers when the cell was computed.
    """
    points: dict[str, Mapping[str, Any]] = {}
    now = functools.cache(lambda name: _numbers(study, points[name]))

    def check(point: Mapping[str, Any], marker: Marker | None) -> None:
        if marker is None or not marker.computes:
            return
        points[key := canonical(point)] = point
        for name, held in marker.computes.items():
            if not _equal(held, now(key).get(name)):
                raise ValueError(
                    f"{store} holds cells of another study: {name} computes other "
                    "numbers than when they were made. Nothing was written; use a new "
                    "store for this study."
                )

    return check


def _numbers(study: Sweepable, point: Mapping[str, Any]) -> Mapping[str, tuple]:
    return fingerprint_of(substitute(study, point))


def _equal(held: tuple[float, ...], now: tuple[float, ...] | None) -> bool:
    """Whether two lists of numbers agree up to rounding, relative to the largest."""
    if now is None or len(held) != len(now):
        return False
    bound = ROUNDING * max((abs(v) for v in held if math.isfinite(v)), default=0.0)
    return all(
        a == b or abs(a - b) <= bound or (math.isnan(a) and math.isnan(b))
        for a, b in zip(held, now, strict=True)
    )
