"""The few kinds of pictures that the papers need."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from suffice._core import short


def heat_map(
    values: xr.DataArray,
    x: str,
    y: str,
    *,
    steps: Sequence[float] | np.ndarray | None = None,
    label: str = "relative squared error",
) -> Figure:
    """Positive values over two dimensions, on a logarithmic scale.

    Args:
        values: Rows from top to bottom, columns from left to right.
        x: What the columns are.
        y: What the rows are.
        steps: For every row the column value from which theory expects recovery.
        label: What the values are.
    """
    rows, columns = values.shape
    figure = Figure(figsize=(1.9 + 0.3 * columns, 1.3 + 0.32 * rows))
    axis = figure.subplots()
    low, high = float(values.min()), float(values.max())
    mesh = axis.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        values.to_numpy(),
        norm=LogNorm(low, max(high, 10 * low)),
        cmap="viridis_r",
        edgecolors="white",
        linewidth=0.4,
    )
    axis.invert_yaxis()
    across, down = (values[d].to_numpy() for d in reversed(values.dims))
    axis.set_xticks(range(columns), [f"{v}" for v in across])
    axis.set_yticks(
        range(rows), [_plain(v) if isinstance(v, float) else f"{v}" for v in down]
    )
    axis.tick_params(length=0)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    for side in axis.spines.values():
        side.set_visible(False)
    figure.colorbar(mesh, ax=axis, label=label, pad=0.02)
    if steps is not None:
        _staircase(axis, list(across), list(steps))
    return figure


def _plain(value: float) -> str:
    return short(value).replace("e-0", "e-")


def _staircase(axis: Axes, across: list, steps: list) -> None:
    edges = [np.searchsorted(across, step) - 0.5 for step in steps]
    x = np.repeat(edges, 2)
    y = np.repeat(np.arange(len(steps) + 1) - 0.5, 2)[1:-1]
    axis.plot(x, y, color="white", linewidth=3.2)
    axis.plot(x, y, color="#d55e00", linewidth=1.6)


def curves(
    values: xr.DataArray,
    x: str,
    y: str,
    *,
    marks: Sequence[float] | np.ndarray | None = None,
    log: bool = True,
) -> Figure:
    """One curve per row of a two-dimensional array, one small panel each.

    Args:
        values: Rows are curves.
        x: What the columns are.
        y: What the values are.
        marks: For every row a column value that is marked.
        log: Whether values are positive and drawn on a logarithmic scale.
    """
    rows = values.shape[0]
    across = min(rows, 3)
    down = -(-rows // across)
    figure = Figure(figsize=(2.3 * across + 0.5, 1.7 * down + 0.5))
    axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    dim, base = values.dims
    for index, axis in enumerate(axes.ravel()):
        if index >= rows:
            axis.set_axis_off()
            continue
        curve = values[index].dropna(base)  # where only some sizes were computed
        axis.plot(curve[base], curve, "o-")
        if log:
            axis.set_yscale("log")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        name = values[dim].to_numpy()[index]
        axis.set_title(name if isinstance(name, str) else f"{dim} {_plain(name)}")
        axis.tick_params(labelbottom=index + across >= rows)  # the last of its column
        if marks is not None:
            axis.axvline(marks[index], color="#d55e00", linestyle="--", linewidth=1)
    figure.supxlabel(x, fontsize=9)
    figure.supylabel(y, fontsize=9)
    return figure


def scatter(x: np.ndarray, y: np.ndarray, x_label: str, y_label: str) -> Figure:
    """Points, the horizontal axis logarithmic."""
    figure = Figure()
    axis = figure.subplots()
    axis.semilogx(x, y, "o", alpha=0.5)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel(x_label)
    axis.set_ylabel(y_label)
    return figure
