"""One look for every figure that goes into a paper."""

import contextlib
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from suffice._core import whole_file


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Figures made inside have the style of the package; others keep their own."""
    with as_file(files("suffice.report._figures") / "suffice.mplstyle") as path:
        settings = mpl.rc_params_from_file(path, use_default_template=False)
    with mpl.rc_context(settings):
        yield


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure whole or not at all; the ending of the name is its format.

    Args:
        figure: A matplotlib figure.
        path: Name ending in `.svg`, `.pdf` or `.png`; an existing file is replaced.
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".")
    metadata = {"Date": None} if kind == "svg" else None
    with whole_file(path) as file, styled():
        figure.savefig(file, format=kind or None, dpi=200, metadata=metadata)
    return path
