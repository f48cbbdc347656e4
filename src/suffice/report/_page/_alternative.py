"""The alternative text of a figure: its subject, its axes and its numbers."""

import html
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer

from suffice._core import plural, short

from ._describe import Picture

FEW = 8  # a line with no more points is described point by point


def alternative(picture: Picture) -> str:
    """Sentences that describe a figure: its subject, its axes and its values."""
    figure = picture.figure
    if isinstance(figure, str):
        return picture.seen
    if isinstance(figure, go.Figure):
        return " ".join([picture.seen, *_axes(figure), *_traces(figure)])
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    drawn = [sentence for axes in panels for sentence in _drawn(axes)]
    return " ".join([picture.seen, *drawn])


def _drawn(axes: Axes) -> Iterable[str]:
    """What a drawing shows: lines and marks that have a name."""
    yield _axis("Horizontal", axes.get_xlabel(), axes.get_xscale())
    yield _axis("Vertical", axes.get_ylabel(), axes.get_yscale())
    for line in axes.lines:
        if not (name := str(line.get_label())).startswith("_"):
            yield _points(name, line.get_xdata(orig=True), line.get_ydata())
    for image in axes.images:
        yield _cells(axes.get_title(), np.asarray(image.get_array()))
    for bars in axes.containers:
        if isinstance(bars, BarContainer):
            yield _bars(axes, bars)
    for marks in axes.collections:
        name = str(marks.get_label())
        if isinstance(marks, PathCollection) and not name.startswith("_"):
            yield f"{name}: {plural(len(np.asarray(marks.get_offsets())), 'mark')}."


def _cells(title: str, values: np.ndarray) -> str:
    reach = f"values from {short(values.min())} to {short(values.max())}"
    return f"{title or 'A map'}: {len(values)} by {values.shape[1]} cells with {reach}."


def _bars(axes: Axes, bars: BarContainer) -> str:
    if bars.orientation == "horizontal":
        names = [label.get_text() for label in axes.get_yticklabels()]
        return _points("Values", names, [bar.get_width() for bar in bars])
    middle = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    return _points("Values", middle, [bar.get_height() for bar in bars])


def _axis(name: str, title: str, kind: str | None) -> str:
    scale = ", logarithmic" if kind == "log" else ""
    return f"{name} axis: {_plain(title)}{scale}." if title else ""


def _axes(figure: go.Figure) -> Iterable[str]:
    layout = figure.layout
    for name, axis in (("Horizontal", layout.xaxis), ("Vertical", layout.yaxis)):
        if axis.title.text:
            yield _axis(name, axis.title.text, axis.type)


def _traces(figure: go.Figure) -> Iterable[str]:
    unnamed = 0
    for trace in figure.data:
        if trace.type in ("heatmap", "image"):
            yield _map(trace)
        elif (
            (trace.name and trace.showlegend is not False)
            or len(figure.data) <= 2
            or trace.type == "bar"
        ):
            yield _line(trace)
        else:
            unnamed += 1
    if unnamed:
        yield f"{unnamed} lines and marks without a name."


def _map(trace: Any) -> str:
    shape = np.shape(trace.z)
    size = f"{shape[0]} by {shape[1]}"
    if trace.type == "image":
        return f"A picture of {size} pixels."
    values = np.asarray(trace.z, float)
    values = values[np.isfinite(values)]
    if not values.size:
        return f"A map of {size} empty cells."
    return f"A map of {size} cells{_reach(trace, values)}."


def _reach(trace: Any, values: np.ndarray) -> str:
    """The range of the values, unless the colours stand for names."""
    if trace.showscale is False and trace.text is not None:
        return ""
    if trace.customdata is not None and np.ndim(trace.customdata) == 2:
        shown = np.asarray(trace.customdata, float)
        values = shown[np.isfinite(shown)]
    elif trace.colorbar.tickvals is not None:
        values = 10.0**values
    return f" with values from {short(values.min())} to {short(values.max())}"


def _line(trace: Any) -> str:
    across = trace.orientation == "h"
    x, y = (trace.y, trace.x) if across else (trace.x, trace.y)
    return _points(_plain(trace.name) if trace.name else "Values", x, y)


def _points(name: str, x: Any, y: Any) -> str:
    points = [
        (place, float(value))
        for place, value in zip(_list(x), _list(y), strict=False)
        if place is not None and value is not None and np.isfinite(float(value))
    ]
    return f"{name}: {_told(points)}." if points else f"{name} in its own colour."


def _told(points: list[tuple[Any, float]]) -> str:
    if len(points) <= FEW:
        return ", ".join(f"{short(value)} at {_place(x)}" for x, value in points)
    values = [value for _, value in points]
    (first, start), (last, end) = points[0], points[-1]
    return (
        f"{len(points)} points, {short(start)} at {_place(first)}, {short(end)} at "
        f"{_place(last)}, least {short(min(values))}, largest {short(max(values))}"
    )


def _list(values: Any) -> list[Any]:
    return [] if values is None else np.atleast_1d(np.asarray(values, object)).tolist()


def _place(x: Any) -> str:
    return _plain(x) if isinstance(x, str) else short(float(x))


def _plain(text: Any) -> str:
    """Text without the tags and entities that plotly understands."""
    return html.unescape(re.sub(r"<br>|</?su[bp]>|</?b>|\n", " ", str(text))).strip()
