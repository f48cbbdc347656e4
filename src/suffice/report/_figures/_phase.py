"""Phase diagrams in the style of a paper, drawn by matplotlib."""

from typing import Any, Literal

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal as Plain, Stroke

from suffice._core import short
from suffice.recovery import Study, summary
from suffice.report._style import page_axes, PageFigure, styled

from ._colours import CYCLE, EMPTY, INK
from ._sweep_view import DRAWN, label, staircases, stepped, study_of, SweepView, views

Quantity = Literal["fraction", "mean error", "median error"]
FLOOR = 1e-12  # errors below are rounding
WRITTEN = 130  # most cells that carry their number
FINE = 5000  # a map with more cells is a picture of points, not of shapes
DOUBT = 0.05  # cells with a larger share of undetermined runs are marked
HALO = [Stroke(linewidth=3.2, foreground="white"), Plain()]


def phase_diagram(
    results: xarray.Dataset,
    *,
    quantity: Quantity = "fraction",
    study: Study | None = None,
    lines: bool = True,
) -> Figure:
    """Draw a sweep: a heat map over two varied fields, or a curve over one.

    The horizontal axis is the sample size if it is varied, the vertical axis is the
    scale or the width, and further fields become panels. Cells in which more than 5 %
    of the runs are undetermined carry a dot. Lines are thresholds of theory, which
    hold at all larger sample sizes.

    Args:
        results: A store as `open_store` returns it, or its `summary`.
        quantity: The quantity that is shown by colour.
        study: The study of these results; None takes it from their attributes.
        lines: Whether to draw thresholds.

    Returns:
        A matplotlib figure; `figure.savefig("phase.svg")` writes it.

    Raises:
        ValueError: The results belong to no study of recovery, or nothing is varied.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> three = LinearSpec(3), RandomNetwork(), Random(3)
        >>> study = sf.Study(*three, grid={"samples.size": (2, 3, 4)}, seeds=4)
        >>> done = sf.sweep(study, "linear.store")
        >>> figure = sf.report.phase_diagram(sf.open_store("linear.store"))
        >>> figure.axes[0].get_xlabel()
        'sample size n'
    """
    summarised = results if "fraction" in results else summary(results)
    panels = views(summarised, study or study_of(summarised), trusted=study is not None)
    with styled():
        return _drawn(panels, quantity, lines, summarised.attrs["sampling"])


def _drawn(panels: list[SweepView], quantity: Quantity, lines: bool, sampling: str):
    across = min(len(panels), 3)
    down = -(-len(panels) // across)
    width, height = _panel_size(panels[0])
    figure = PageFigure(figsize=(width * across, height * down))
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for axis, view in zip(axes, panels, strict=False):
        if view.y is None:
            _curve(axis, view, quantity, lines)
        else:
            _map(figure, axis, view, quantity, lines)
        if view.title:
            axis.set_title(view.title, pad=None if not lines else 46)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    figure.supxlabel(f"samples: {sampling}", fontsize=7, color=INK, x=0.99, ha="right")
    return figure


def panel(view: SweepView, quantity: Quantity) -> Figure:
    """One picture of a sweep, as wide as a page, with its lines of theory."""
    height = 3.8 if view.y is None else 2.2 + 0.27 * len(view.rows)
    with styled():
        figure, axis = page_axes(float(np.clip(height, 3.6, 7.6)))
        if view.y is None:
            _curve(axis, view, quantity, lines=True)
        else:
            _map(figure, axis, view, quantity, lines=True)
    return figure


def _panel_size(view: SweepView) -> tuple[float, float]:
    if view.y is None:
        return 5.2, 3.4
    width = float(np.clip(1.9 + 0.36 * len(view.columns), 4.6, 9.0))
    return width, float(np.clip(1.7 + 0.3 * len(view.rows), 2.9, 7.0))


def _map(figure: Figure, axis: Axes, view: SweepView, quantity: Quantity, lines: bool):
    values, norm, cmap, title = _coloured(view, quantity)
    fine = values.size > FINE
    mesh = axis.pcolormesh(
        np.arange(len(view.columns) + 1) - 0.5,
        np.arange(len(view.rows) + 1) - 0.5,
        np.ma.masked_invalid(values),
        norm=norm,
        cmap=cmap,
        edgecolors="none" if fine else "white",
        linewidth=0 if fine else 0.4,
        rasterized=fine,
    )
    axis.set_facecolor(EMPTY)
    for side in axis.spines.values():
        side.set_visible(False)
    axis.tick_params(length=0)
    axis.set_xticks(*_thinned(view.columns))
    axis.set_yticks(*_thinned(view.rows))
    axis.set_xlabel(view.x)
    axis.set_ylabel(str(view.y))
    figure.colorbar(mesh, ax=axis, label=title, pad=0.02, aspect=24)
    if values.size <= WRITTEN:
        _write(axis, values, mesh, quantity)
    else:
        _dots(axis, view)
    if lines:
        _staircases(axis, view)


def _coloured(view: SweepView, quantity: Quantity):
    if quantity == "fraction":
        return view.values("fraction"), Normalize(0, 1), "cividis", "fraction recovered"
    values = np.maximum(view.values(quantity.replace(" ", "_")), FLOOR)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (FLOOR, 1.0)
    norm = LogNorm(low, max(high, 10 * low))
    return values, norm, "viridis_r", f"{quantity} (relative RMS)"


def _thinned(values: tuple[Any, ...]) -> tuple[list[int], list[str]]:
    step = -(-len(values) // 24)
    places = list(range(0, len(values), step))
    return places, [label(values[place]) for place in places]


def _write(axis: Axes, values: np.ndarray, mesh: Any, quantity: Quantity) -> None:
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            axis.text(
                column,
                row,
                _number(value, quantity),
                ha="center",
                va="center",
                fontsize=6.5,
                color=_contrast(mesh.cmap(mesh.norm(value))),
            )


def _number(value: float, quantity: Quantity) -> str:
    if quantity == "fraction":
        return "0" if value == 0 else ("1" if value == 1 else f"{value:.2f}"[1:])
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def _contrast(colour) -> str:
    red, green, blue, _ = colour
    return "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "white"


def _dots(axis: Axes, view: SweepView) -> None:
    doubt = view.values("fraction_most") - view.values("fraction") > DOUBT
    row, column = np.nonzero(doubt)
    fine = doubt.size > FINE
    look = {"color": "white", "markersize": 2.5, "rasterized": fine}
    axis.plot(column, row, ".", clip_on=False, **look)


def _staircases(axis: Axes, view: SweepView) -> None:
    ends: list[float] = []
    for number, (edge, text) in enumerate(staircases(view)):
        colour = CYCLE[1 + number % (len(CYCLE) - 1)]
        axis.plot(*stepped(edge), color=colour, linewidth=1.6, path_effects=HALO)
        end = float(edge[np.isfinite(edge)][-1])
        axis.annotate(
            text,
            (end, len(view.rows) - 0.5),
            xytext=(0, 4 + 12 * ends.count(end)),
            textcoords="offset points",
            rotation=30,
            ha="left",
            va="bottom",
            fontsize=6.5,
            color=colour,
        )
        ends.append(end)


def _curve(axis: Axes, view: SweepView, quantity: Quantity, lines: bool) -> None:
    x, numeric = _positions(view)
    if quantity == "fraction":
        low, high = view.values("low")[0], view.values("high")[0]
        axis.fill_between(x, low, high, color=CYCLE[0], alpha=0.18, linewidth=0)
        axis.plot(x, view.values("fraction")[0], "o-", label="fraction recovered")
        axis.plot(x, view.values("fraction_most")[0], ":", label="with undetermined")
        axis.set_ylim(-0.03, 1.03)
        axis.set_ylabel("fraction recovered")
    else:
        for name in ("mean", "median"):
            values = np.maximum(view.values(f"{name}_error")[0], FLOOR)
            axis.semilogy(x, values, "o-", label=f"{name} error")
        axis.set_ylabel("relative RMS test error")
    axis.set_xlabel(view.x)
    if numeric and lines:
        _verticals(axis, view)
    if not numeric:
        axis.set_xticks(*_thinned(view.columns))
    axis.legend(loc="best")


def _positions(view: SweepView) -> tuple[np.ndarray, bool]:
    whole = view.lines or view.x.startswith("sample")
    if whole:
        return np.asarray(view.columns, float), True
    return np.arange(len(view.columns)), False


def _verticals(axis: Axes, view: SweepView) -> None:
    columns = np.asarray(view.columns, float)
    names: dict[float, list[str]] = {}
    for line in view.lines:
        if line.name in DRAWN and columns[0] <= line.at[0] <= columns[-1]:
            names.setdefault(float(line.at[0]), []).append(line.name)
    for number, (size, texts) in enumerate(sorted(names.items())):
        colour = CYCLE[1 + number % (len(CYCLE) - 1)]
        axis.axvline(size, color=colour, linewidth=1, linestyle="--", zorder=0)
        axis.annotate(
            f"{short(size)} {', '.join(texts)}",
            (size, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            rotation=30,
            ha="left",
            va="bottom",
            fontsize=6.5,
            color=colour,
        )
