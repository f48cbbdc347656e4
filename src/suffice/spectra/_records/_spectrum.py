"""Spectra of labels and outputs, and the error at every frequency."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray

from suffice._core import Hidden, Result
from suffice.spectra._bases._basis import Basis

from ._convergence import last_exit, order_index

FLOORED = 0.02  # of the largest amplitude: where the relative error stops growing
THRESHOLD = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum(Result):
    """Spectra of labels and outputs on every set of a record.

    Attributes:
        data: The labelled arrays: `amplitude` (run, step, set, frequency, output) of
            the outputs; `target` (set, frequency, output) of the labels and its
            `floor`, the size that chance gives it; `error` (run, step, set, frequency),
            relative to the label spectrum with a floored denominator, and `distance`,
            the same undivided; nan where a set has no labels.
        label: What a frequency is.
        eta: Share of the largest amplitude below which no denominator falls.
    """

    data: Hidden[xarray.Dataset]
    label: str
    eta: float

    def convergence(self, threshold: float = THRESHOLD) -> xarray.Dataset:
        """When each frequency is learned, and in which order.

        `step` (run, set, frequency) is the last time that the error falls below the
        threshold, after which it stays there, interpolated in the logarithm of the
        step; nan where it never does. `order` (run, set) is Kendall's rank correlation
        of frequency and step over the frequencies that the labels have: 1 low first, -1
        high first, those never learned last. `last` (run, set) is the frequency that
        came last, or has the largest error of those never learned.

        Args:
            threshold: Threshold of the error; choose it before looking at the data.

        Source:
            arXiv:2405.17479 reads the order off pictures; these numbers are defined
            here.
        """
        if not threshold > 0:
            raise ValueError(f"threshold is {threshold}; expected a positive number.")
        error = self.data["error"].transpose("run", "set", "frequency", "step")
        steps = last_exit(error.values, self.data["step"].values, threshold)
        frequency = self.data["frequency"].values
        order, last = order_index(frequency, steps, error.values[..., -1], self._seen())
        dims = ("run", "set")
        return xarray.Dataset(
            {
                "step": ((*dims, "frequency"), steps),
                "order": (dims, order),
                "last": (dims, last),
            },
            {name: self.data[name] for name in (*dims, "frequency")},
            {"threshold": threshold, "eta": self.eta},
        )

    def _seen(self) -> np.ndarray:
        """Which frequencies the labels of each set have: (set, frequency)."""
        size = np.sqrt((self.data["target"].values ** 2).sum(-1))
        return size >= self.eta * size.max(-1, keepdims=True)

    def headline(self) -> str:
        """A summary in one sentence."""
        sizes = self.data.sizes
        sets = ", ".join(self.data["set"].values.tolist())
        return (
            f"Spectra at {sizes['frequency']} frequencies ({self.label}), "
            f"{sizes['step']} steps and {sizes['run']} runs, of {sets}."
        )

    def derived(self) -> dict[str, Any]:
        """The data set, as JSON can hold it."""
        return self.data.to_dict()


def spectrum_of(
    sets: Mapping[str, xarray.Dataset],
    basis: Basis,
    eta: float,
    population: int | None,
) -> Spectrum:
    """The spectra of labels and outputs in a basis, from the arrays of each set."""
    if not 0 < eta <= 1:
        raise ValueError(f"eta is {eta}; expected a share above 0, up to 1.")
    parts = [_of_set(arrays, basis, eta, population) for arrays in sets.values()]
    any_set = next(iter(sets.values()))
    data = xarray.concat(parts, "set").assign_coords(
        set=list(sets),
        run=any_set["run"],
        step=any_set["step"],
        frequency=basis.frequencies,
    )
    order = ("run", "step", "set", "frequency", "output")
    return Spectrum(data.transpose(*order), basis.label, eta)


def _of_set(arrays: xarray.Dataset, basis: Basis, eta, population) -> xarray.Dataset:
    x, y, h = (arrays[name].values for name in ("input", "label", "output"))
    labelled = bool(np.isfinite(y).all())
    amplitude = _amplitude(basis, x, h)
    distance = np.full(amplitude.shape[:3], np.nan)
    target = floor = np.full(amplitude.shape[2:], np.nan)
    if labelled:
        target, floor = basis.amplitude(x, y), basis.floor(x, y, population=population)
        distance = _norm(_amplitude(basis, x, h - y))
    size = _norm(target)
    scale = np.maximum(size, eta * size.max())
    with np.errstate(invalid="ignore", divide="ignore"):  # labels that are all zero
        error = distance / scale
    return xarray.Dataset(
        {
            "amplitude": (("run", "step", "frequency", "output"), amplitude),
            "target": (("frequency", "output"), target),
            "floor": (("frequency", "output"), floor),
            "error": (("run", "step", "frequency"), error),
            "distance": (("run", "step", "frequency"), distance),
        }
    )


def _amplitude(basis: Basis, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Amplitudes of `(run, step, n, output)` values, in one pass over the inputs.

    nan where values are not finite because the run diverged.
    """
    runs, times, n, outputs = h.shape
    columns = np.moveaxis(h, 2, 0).reshape(n, -1)
    finite = np.isfinite(columns).all(0)
    amplitude = np.full((len(basis.frequencies), columns.shape[1]), np.nan)
    if finite.any():
        amplitude[:, finite] = basis.amplitudes(x, columns[:, finite])
    return np.moveaxis(amplitude.reshape(-1, runs, times, outputs), 0, 2)


def _norm(amplitude: np.ndarray) -> np.ndarray:
    return np.sqrt((amplitude**2).sum(-1))
