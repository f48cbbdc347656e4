"""One look for every figure of papers and pages."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suffice._core import whole_file

DATE = {"svg": ("Date",), "pdf": ("CreationDate",)}
DESCRIPTION = {"svg": ("Description",), "pdf": ("Subject",), "png": ("Description",)}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Figures made inside have the style of the package; others keep their own."""
    with as_file(files("suffice.report") / "suffice.mplstyle") as path:
        settings = mpl.rc_params_from_file(path, use_default_template=False)
    with mpl.rc_context(settings):
        yield


class PageFigure(Figure):
    """A figure that a notebook draws, also where pyplot was never imported.

    Its `axes` are those of matplotlib and can be changed before it is shown or saved.
    """

    def _repr_svg_(self) -> str:
        return to_svg(self)


def page_axes(height: float = 3.8) -> tuple[Figure, Axes]:
    """One pair of axes as wide as a figure on a page."""
    figure = PageFigure(figsize=(7.6, height))
    return figure, figure.subplots()


def legend_above(figure: Figure, axes: Axes | None = None) -> None:
    """Put one legend for all axes above them, or for those that stand for all."""
    handles = {} if axes is None else {"handles": axes.get_legend_handles_labels()[0]}
    figure.legend(**handles, loc="outside upper left", ncols=4)


def to_svg(figure: Figure) -> str:
    """A figure as a whole SVG document, equal for equal figures."""
    text = io.StringIO()
    _save(figure, text, "svg")
    return text.getvalue()


def save_figure(figure: Figure, path: str | Path, *, command: str = "") -> Path:
    """Write a figure whole or not at all; the ending of the name is its format.

    Args:
        figure: A matplotlib figure.
        path: Name ending in `.svg`, `.pdf` or `.png`; an existing file is replaced.
        command: The command line that makes it, kept in the file's description.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> sf.report.save_figure(Figure(), "empty.svg").name
        'empty.svg'
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".")
    metadata = {key: command for key in DESCRIPTION.get(kind, ()) if command}
    with whole_file(path) as file:
        _save(figure, file, kind, metadata)
    return path


def _save(figure: Figure, file: Any, kind: str, described: dict | None = None) -> None:
    undated = {key: None for key in DATE.get(kind, ())}
    metadata = (described or {}) | undated
    with styled(), warnings.catch_warnings():
        # Letters that are not in the font are written as text: a browser has them.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(file, format=kind or None, dpi=200, metadata=metadata or None)
