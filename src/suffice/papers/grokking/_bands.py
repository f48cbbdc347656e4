"""Bands of frequencies along one direction, with one number for each band."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice.spectra import Basis, Fourier


@dataclasses.dataclass(frozen=True, eq=False)
class Bands(Basis):
    """Root mean square of the Fourier amplitudes in neighbouring bands.

    Attributes:
        waves: The frequencies, which the edges sort into bands.
        edges: Increasing; the last one is included.
    """

    waves: Fourier
    edges: tuple[float, ...]
    label = "middle of the band"

    @property
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The middle of every band."""
        return (np.array(self.edges[1:]) + np.array(self.edges[:-1])) / 2

    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Root mean square over the band."""
        return self._means(self.waves.amplitudes(x, y))

    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Root mean square of the floors over each band."""
        return self._means(self.waves.floors(x, y, population))

    def _means(self, rows: np.ndarray) -> np.ndarray:
        place = np.searchsorted(self.edges[1:-1], self.waves.frequencies, "right")
        bands = range(len(self.edges) - 1)
        return np.stack([np.sqrt((rows[place == b] ** 2).mean(0)) for b in bands])
