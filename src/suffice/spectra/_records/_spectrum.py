"""Spectra of labels and outputs, and the error at every frequency."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray

from suffice._core import Hidden, Result
from suffice.spectra._bases._basis import Basis

from ._convergence import last_exit, order_index

FLOORED = 0.02  # smallest denominator of an error, over the largest amplitude
THRESHOLD = 0.1  # error below which a frequency counts as learned


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum(Result):
    """Spectra of labels and outputs on every set of a record.

    Attributes:
        data: The labelled arrays: `amplitude` (run, step, set, frequency, output) of
            the outputs; `target` (set, frequency, output) of the labels; `floor`, the
            standard error of `target`; `distance` (run, step, set, frequency) between
            the spectra of outputs and labels; `error`, the distance over the amplitude
            of the labels, where small denominators are raised to a floor. All are nan
            where a set has no labels.
        label: Name of the axis of frequencies.
        eta: Smallest denominator of `error`, as a share of the largest amplitude.
    """

    data: Hidden[xarray.Dataset]
    label: str
    eta: float

    def convergence(self, threshold: float = THRESHOLD) -> xarray.Dataset:
        """Return when each frequency is learned, and in which order.

        `step` (run, set, frequency) is the step from which on the error stays below the
        threshold, interpolated in the logarithm of the step; nan where the error does
        not stay below it. `order` (run, set) is Kendall's rank correlation of frequency
        and step over the frequencies that the labels contain: 1 if low frequencies are
        learned first, -1 if high ones are; frequencies that are never learned count as
        last. `last` (run, set) is the frequency that is learned last, or that has the
        largest error of those that are never learned.

        Args:
            threshold: Threshold of the error, positive; choose it before you see the
                data.

        Source:
            arXiv:2405.17479 shows the order in figures; these numbers are defined here.
        """
        if not threshold > 0:
            raise ValueError(f"threshold is {threshold}; expected a positive number.")
        error = self.data["error"].transpose("run", "set", "frequency", "step")
        steps = last_exit(error.values, self.data["step"].values, threshold)
        frequency = self.data["frequency"].values
        order, last = order_index(
            frequency, steps, error.values[..., -1], self._present()
        )
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

    def _present(self) -> np.ndarray:
        """Return which frequencies the labels of each set contain (set, frequency)."""
        size = np.sqrt((self.data["target"].values ** 2).sum(-1))
        return size >= self.eta * size.max(-1, keepdims=True)

    def headline(self) -> str:
        """Return a summary in one sentence."""
        sizes = self.data.sizes
        sets = ", ".join(self.data["set"].values.tolist())
        return (
            f"Spectra at {sizes['frequency']} frequencies ({self.label}), "
            f"{sizes['step']} steps and {sizes['run']} runs, of {sets}."
        )

    def derived(self) -> dict[str, Any]:
        """Return the data set in a form that JSON can hold."""
        return self.data.to_dict()


def spectrum_of(
    sets: Mapping[str, xarray.Dataset],
    basis: Basis,
    eta: float,
    population: int | None,
) -> Spectrum:
    """Return the spectra of labels and outputs in a basis, from the arrays of sets."""
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
    """Return the amplitudes of values `(run, step, n, output)`, in one computation.

    They are nan where values are not finite because the run diverged.
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
