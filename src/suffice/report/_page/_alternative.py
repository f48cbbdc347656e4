"""The alternative text of a figure: its subject, its axes and its numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer

from suffice._core import plural, short

from ._describe import Picture

FEW = 8  # a line with no more points is described point by point


def alternative(picture: Picture) -> str:
    """Sentences that describe a figure: its subject, its axes and its values."""
    figure = picture.figure
    if isinstance(figure, str):
        return picture.seen
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
    meshes = [part for part in axes.collections if isinstance(part, QuadMesh)]
    for image in (*axes.images, *meshes):
        yield _cells(axes.get_title(), np.ma.asarray(image.get_array()))
    for bars in axes.containers:
        if isinstance(bars, BarContainer):
            yield _bars(axes, bars)
    for marks in axes.collections:
        name = str(marks.get_label())
        if isinstance(marks, PathCollection) and not name.startswith("_"):
            yield f"{name}: {plural(len(np.asarray(marks.get_offsets())), 'mark')}."


def _cells(title: str, values: np.ma.MaskedArray) -> str:
    name = f"{title or 'A map'}: {len(values)} by {values.shape[1]}"
    known = values.compressed()
    if values.ndim == 3:
        return f"{name} colours."
    if not known.size:
        return f"{name} empty cells."
    return (
        f"{name} cells with values from {short(known.min())} to {short(known.max())}."
    )


def _bars(axes: Axes, bars: BarContainer) -> str:
    if bars.orientation == "horizontal":
        names = [label.get_text() for label in axes.get_yticklabels()]
        return _points("Values", names, [bar.get_width() for bar in bars])
    middle = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    texts = (label.get_text() for label in axes.get_xticklabels())
    named = dict(zip(axes.get_xticks(), texts, strict=False))
    name = str(bars.get_label())
    return _points(
        "Values" if name.startswith("_") else name,
        [named.get(place) or place for place in middle],
        [bar.get_height() for bar in bars],
    )


def _axis(name: str, title: str, kind: str | None) -> str:
    scale = ", logarithmic" if kind == "log" else ""
    return f"{name} axis: {_plain(title)}{scale}." if title else ""


def _points(name: str, x: Any, y: Any) -> str:
    points = [
        (place, float(value))
        for place, value in zip(_list(x), _list(y), strict=False)
        if place is not None and value is not None and np.isfinite(float(value))
    ]
    if not points:
        return f"{name} in its own colour."
    if len(points) == 2 and points[0][0] == points[1][0]:  # an upright line
        return f"{name}: a line at {_place(points[0][0])}."
    return f"{name}: {_told(points)}."


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
    return str(text).replace("\n", " ").strip()
