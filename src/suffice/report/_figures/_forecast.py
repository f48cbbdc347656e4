"""Pictures of a forecast: spectra of labels, predicted losses, scales."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from suffice.report._page._grid import Grid
from suffice.report._style import legend_above, page_axes, styled
from suffice.spectra import Forecast, Fourier, KernelFlow, principal_directions

from ._colours import BLUE, GREY, RED

WAVES = 20  # periods over the range of the training inputs
_TIMES = 60


def label_spectra(flow: KernelFlow) -> dict[str, np.ndarray]:
    """Amplitudes of the labels of both sets along the direction of most variance.

    Returns:
        `periods` over the range of the training inputs, `train`, `test`, and `floor`:
        what the training spectrum shows by chance.
    """
    x = np.asarray(flow.train.x).reshape(len(flow.train.y), -1)
    line = principal_directions(x) if x.shape[1] > 1 else None
    points = x if line is None else line.project(x)
    periods = np.arange(WAVES + 1)
    span = float(np.ptp(points)) or 1.0
    waves = Fourier(2 * np.pi / span * periods, line)
    other = np.asarray(flow.test.x).reshape(len(flow.test.y), -1)
    return {
        "periods": periods,
        "train": _norm(waves.amplitude(x, flow.train.y)),
        "test": _norm(waves.amplitude(other, flow.test.y)),
        "floor": _norm(waves.floor(x, flow.train.y)),
    }


def _norm(amplitude: np.ndarray) -> np.ndarray:
    return np.linalg.norm(amplitude, axis=1)


def label_figure(flow: KernelFlow) -> Figure:
    """Spectra of training and test labels."""
    spectra = label_spectra(flow)
    periods = spectra["periods"]
    with styled():
        figure, axes = page_axes()
        floor = 2 * spectra["floor"]
        axes.plot(periods, floor, ":", color=GREY, label="two noise floors")
        for name, colour in (("train", BLUE), ("test", RED)):
            axes.plot(
                periods, spectra[name], "o-", color=colour, label=f"{name} labels"
            )
        axes.set_xlabel("periods over the range of the training inputs")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylabel("amplitude")
        axes.set_ylim(bottom=0)
        legend_above(figure)
    return figure


def label_grid(flow: KernelFlow) -> Grid:
    """The spectra of the labels as a table."""
    spectra = label_spectra(flow)
    rows = zip(
        *(spectra[k] for k in ("periods", "train", "test", "floor")), strict=True
    )
    return Grid(
        ("periods", "train labels", "test labels", "noise floor"),
        tuple((str(k), *(f"{v:.4f}" for v in row)) for k, *row in rows),
    )


def predicted_losses(flow: KernelFlow) -> np.ndarray:
    """Losses along the linearised training, each divided by its first value.

    Returns:
        Training and test loss at each time, `(times, 2)`.
    """
    fastest = 2 * flow.eigenvalues.max() / flow.train.y.size
    slowest = flow.time_to(0.01 * flow.losses(0.0)[0])
    end = 1e4 / fastest if slowest is None else 3 * slowest
    times = np.geomspace(1e-2 / fastest, max(end, 1.0 / fastest), _TIMES)
    return np.array([flow.losses(t) for t in times]) / flow.losses(0.0)


def path_figure(flow: KernelFlow) -> Figure:
    """Test loss against training loss along the linearised training."""
    train, test = predicted_losses(flow).T
    with styled():
        figure, axes = page_axes()
        even = [1, train.min()]
        axes.plot(even, even, ":", color=GREY, label="both fall together")
        axes.plot(train, test, color=BLUE, linewidth=2.5, label="predicted")
        axes.set(xlim=(1.02, 0), ylim=(0, None))
        axes.set_xlabel("training loss over its first value")
        axes.set_ylabel("test loss over its first value")
        legend_above(figure)
    return figure


def path_grid(flow: KernelFlow) -> Grid:
    """Predicted test losses at some training losses."""
    rows = predicted_losses(flow)
    marks = (0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.02)
    reached = [level for level in marks if rows[-1, 0] <= level]
    losses = np.interp(reached, rows[::-1, 0], rows[::-1, 1])
    return Grid(
        ("training loss", "test loss"),
        tuple((f"{a:g}", f"{b:.3g}") for a, b in zip(reached, losses, strict=True)),
    )


def scale_figure(forecast: Forecast) -> Figure:
    """Result on the test set when the training set is fitted, against the scale."""
    values, title = scale_values(forecast)
    scales = [point.scale for point in forecast.scan]
    ticks = [2.0**-k for k in range(5)]
    with styled():
        figure, axes = page_axes()
        fitted = "when the training set is fitted"
        axes.plot(scales, values, "o-", color=BLUE, label=fitted)
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("factor of the initial parameters")
        axes.set_ylabel(title)
        critical = forecast.critical_scale
        if critical is not None and critical < 1:
            axes.axvline(critical, color=RED, linestyle="--")
            axes.text(
                critical, 0.1, f"critical scale {critical:.3g} ", color=RED, ha="right",
                transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        legend_above(figure)
    return figure


def scale_values(forecast: Forecast) -> tuple[list[float], str]:
    """Accuracies, or losses where labels are no classes, and the title of the axis."""
    if forecast.plateau_accuracy is None:
        return [p.loss for p in forecast.scan], "test loss / variance of the labels"
    accuracies = [np.nan if p.accuracy is None else p.accuracy for p in forecast.scan]
    return accuracies, "test accuracy"


def scale_grid(forecast: Forecast) -> Grid:
    """The results at each scale as a table."""
    values, title = scale_values(forecast)
    return Grid(
        ("factor", title),
        tuple(
            (f"{point.scale:.3g}", f"{value:.3g}")
            for point, value in zip(forecast.scan, values, strict=True)
        ),
    )
