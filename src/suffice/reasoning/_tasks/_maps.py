"""The maps of anchors."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping

import numpy as np

Map = int | Callable[[np.ndarray], np.ndarray]
Maps = Mapping[tuple[int, ...], Map] | tuple[tuple[tuple[int, ...], Map], ...]
FOUR = {1: 5, 2: 1, 3: -2, 4: -8}
WRONG = {(1, 2): 4, (1, 3): 1, (1, 4): -5, (2, 3): 5, (2, 4): -9, (3, 4): -6}


@dataclasses.dataclass(frozen=True)
class Doubling:
    """The map `low + 2 (x - low) mod modulus`; equal ones make equal tasks."""

    low: int
    modulus: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the doubled tokens."""
        return self.low + 2 * (x - self.low) % self.modulus


def items_of(mapping: Mapping | Iterable) -> tuple:
    """Return the items of a mapping, or of pairs that are items already."""
    return tuple(dict(mapping).items())


def apply(rule: Map, x: np.ndarray) -> np.ndarray:
    """Return what a map makes of tokens."""
    return np.asarray(rule(x)) if callable(rule) else x + rule
