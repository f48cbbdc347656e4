"""Spectra of a training drawn: errors of frequencies over time, and single moments."""

from collections.abc import Sequence

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from suffice.report._style import PageFigure, styled
from suffice.spectra import Spectrum

from ._colours import BLUE, EMPTY, RED

FEW = 40  # frequencies up to which each is marked


def spectrum_figure(
    spectrum: Spectrum,
    *,
    sets: Sequence[str] | None = None,
    steps: Sequence[int] | None = None,
    run: int | None = None,
    threshold: float = 0.1,
) -> Figure:
    """Draw one row for each set: errors by frequency over the steps, and some spectra.

    The map shows the relative error of each frequency, from 0 to 1 and above; dots mark
    the steps from which on it stays below the threshold. The spectra are those of the
    labels and of the outputs of the network, as norms over the outputs. Amplitudes
    below about two noise floors are not significant; that band is shaded.

    Args:
        spectrum: As `SpectralRecord.spectrum` returns it.
        sets: Names of the sets to draw; None draws those with labels.
        steps: Steps whose spectra are drawn, each replaced by the nearest recorded one;
            None draws the first step, the step with the largest error on the last set,
            and the last step.
        run: The run to draw; None draws the first.
        threshold: Relative error below which a frequency counts as converged.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: A set has no labels, or there is no such set or run.

    Examples:
        >>> x = np.linspace(0.0, 1.0, 20, endpoint=False)
        >>> wave = np.sin(2 * np.pi * x)
        >>> recorder = sf.spectra.Recorder(train=(x, wave), test=(x, wave))
        >>> for step in (0, 1):
        ...     recorder.add(step, train=step * wave, test=step * wave)
        >>> spectrum = recorder.record().spectrum(sf.spectra.Fourier(np.arange(4.0)))
        >>> figure = sf.report.spectrum_figure(spectrum)
        >>> figure.axes[0].get_ylabel()
        'frequency k'
    """
    data = spectrum.data
    labelled = [
        str(name)
        for name in data["set"].values
        if not np.isnan(data["target"].sel(set=name)).any()
    ]
    chosen = labelled if sets is None else list(sets)
    if not chosen or set(chosen) - set(labelled):
        raise ValueError(
            f"sets are {', '.join(chosen) or 'none'}; those with labels are "
            f"{', '.join(labelled) or 'none'}."
        )
    runs = data["run"].values.tolist()
    run = runs[0] if run is None else run
    if run not in runs:
        raise ValueError(f"there is no run {run}, only {runs}.")
    data = data.sel(run=run)
    converged = spectrum.convergence(threshold)["step"].sel(run=run)
    moments = _moments(data, chosen[-1], steps)
    with styled():
        return _drawn(data, chosen, moments, converged, spectrum.label, threshold)


def _moments(
    data: xarray.Dataset, which: str, steps: Sequence[int] | None
) -> list[int]:
    """Indices of the steps whose spectra are drawn."""
    recorded = data["step"].values
    if steps is not None:
        return [int(np.abs(recorded - step).argmin()) for step in steps]
    gap = np.nan_to_num(data["distance"].sel(set=which).values)
    worst = int((gap**2).sum(1).argmax())
    if worst in (0, len(recorded) - 1):
        worst = len(recorded) // 2
    return sorted({0, worst, len(recorded) - 1})


def _drawn(data, sets, moments, converged, label, threshold) -> Figure:
    widths = [1.5, *[1.0] * len(moments)]
    figure = PageFigure(figsize=(2.5 * sum(widths), 0.4 + 2.6 * len(sets)))
    axes = figure.subplots(len(sets), len(widths), squeeze=False, width_ratios=widths)
    for row, name in zip(axes, sets, strict=True):
        part = data.sel(set=name)
        mesh = _map(row[0], part, converged.sel(set=name).values, label)
        row[0].set_title(f"{name}: relative error, dots where below {threshold:g}")
        figure.colorbar(mesh, ax=row[0], extend="max", pad=0.02, aspect=18)
        shown = [part["target"], *(_outputs(part, moment) for moment in moments)]
        top = 1.08 * max(_size(values).max() for values in shown)
        for axis, moment in zip(row[1:], moments, strict=True):
            _moment(axis, part, moment)
            axis.set_title(f"{name}, step {part['step'].values[moment]}")
            axis.set_ylim(0, top if np.isfinite(top) else None)
        row[1].set_ylabel("amplitude")
    for axis in axes[-1]:
        axis.set_xlabel(label)
    axes[-1, 0].set_xlabel("step")
    handles, names = axes[0, 1].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower right", ncols=len(names))
    return figure


def _map(axis: Axes, part: xarray.Dataset, converged: np.ndarray, label: str):
    steps, frequency = part["step"].values, part["frequency"].values
    error = part["error"].transpose("frequency", "step").values
    borders = _time_edges(steps), _edges(frequency)
    mesh = axis.pcolormesh(*borders, error, norm=Normalize(0, 1), cmap="cividis")
    axis.set_xscale("log")
    if _geometric(frequency):
        axis.set_yscale("log")
    start = _times(steps)[0]
    there = np.isfinite(converged)
    size = 10 if len(frequency) <= FEW else 3
    axis.scatter(
        np.maximum(converged[there], start), frequency[there], s=size, color="white",
        edgecolors="black", linewidths=0.5, zorder=3, clip_on=False,
    )  # fmt: skip
    axis.set_ylabel(label)
    for side in axis.spines.values():
        side.set_visible(False)
    return mesh


def _times(steps: np.ndarray) -> np.ndarray:
    """Steps on a logarithmic axis: step 0 lies half a step before the first."""
    positive = steps[steps > 0]
    zero = positive[0] / 2 if positive.size else 1.0
    return np.where(steps > 0, steps, zero).astype(float)


def _time_edges(steps: np.ndarray) -> np.ndarray:
    return np.exp(_edges(np.log(_times(steps))))


def _edges(centres: np.ndarray) -> np.ndarray:
    """Borders halfway between centres, by ratio where the spacing is logarithmic."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    if _geometric(centres):
        return np.exp(_edges(np.log(centres)))
    middle = (centres[1:] + centres[:-1]) / 2
    first, last = 2 * centres[0] - middle[0], 2 * centres[-1] - middle[-1]
    return np.array([first, *middle, last])


def _geometric(values: np.ndarray) -> bool:
    """Whether numbers are spaced by ratio rather than by difference."""
    if len(values) < 3 or values.min() <= 0:
        return False
    return bool(np.ptp(np.diff(np.log(values))) < 0.01 * np.abs(np.log(values)).max())


def _moment(axis: Axes, part: xarray.Dataset, moment: int) -> None:
    frequency = part["frequency"].values
    floor = _size(part["floor"])
    axis.fill_between(
        frequency, 0, 2 * floor, color=EMPTY, lw=0, label="up to two noise floors"
    )
    dot = "o" if len(frequency) <= FEW else ""
    labels, outputs = _size(part["target"]), _size(_outputs(part, moment))
    axis.plot(frequency, labels, color=RED, lw=2.8, ms=5.5, marker=dot, label="labels")
    axis.plot(frequency, outputs, color=BLUE, lw=1.2, ms=3, marker=dot, label="outputs")
    if _geometric(frequency):
        axis.set_xscale("log")


def _outputs(part: xarray.Dataset, moment: int) -> xarray.DataArray:
    return part["amplitude"].isel(step=moment)


def _size(values: xarray.DataArray) -> np.ndarray:
    """Norm over the outputs."""
    return np.sqrt((values.transpose("frequency", "output").values ** 2).sum(1))
