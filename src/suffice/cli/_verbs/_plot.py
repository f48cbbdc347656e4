"""`suffice plot`: the phase diagram of a sweep, as a page and as a figure."""

import dataclasses
import shlex
from typing import Annotated

import tyro

from suffice._core import require
from suffice.cli._common import say, start
from suffice.cli._fields import check_outputs, Figure, Output
from suffice.cli._parse import parse

ABOUT = """\
Draws the store of a sweep, finished or not: a page with the recovered fraction, the
error and the outcomes over the varied fields, the thresholds of theory and all numbers;
and a figure for a paper. Existing files are replaced with --force only.

Example: suffice plot results --out phase.html --figure phase.svg"""


@dataclasses.dataclass(frozen=True)
class PlotOptions:
    """The store and the files to write."""

    store: Annotated[str, tyro.conf.Positional]
    """Folder written by suffice sweep."""
    out: Output = None
    """Page to write (.html); by default STORE.html if there is no --figure."""
    figure: Figure = None
    """Figure to write: .svg, .pdf or .png."""
    quantity: Annotated[
        str, tyro.conf.arg(metavar="fraction|mean-error|median-error")
    ] = "fraction"
    """Quantity that the figure shows."""
    force: bool = False
    """Replace existing files."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(PlotOptions, "plot", args, ABOUT)
    require("suffice plot", "pages")
    page = options.out
    if page is None and options.figure is None:
        page = f"{options.store.rstrip('/')}.html"
    _check(options, page)
    from suffice.sweeps import open_store

    results = open_store(options.store)
    start()
    from suffice.report import phase_diagram, save_figure, sweep_page, write_page

    if page is not None:
        command = shlex.join(["suffice", "plot", *args])
        html = sweep_page(results, command=command)
        say(f"wrote {write_page(html, page, overwrite=options.force)}")
    if options.figure is not None:
        quantity = options.quantity.replace("-", " ")
        figure = phase_diagram(results, quantity=quantity)
        say(f"wrote {save_figure(figure, options.figure)}")
    return 0


def _check(options: PlotOptions, page: str | None) -> None:
    """Raise an error for a file that cannot be written, before reading the store."""
    known = ("fraction", "mean-error", "median-error")
    if options.quantity not in known:
        raise ValueError(
            f"--quantity is {options.quantity!r}; expected {', '.join(known)}."
        )
    named = {"--out": page, "--figure": options.figure}
    outputs = {flag: path for flag, path in named.items() if path is not None}
    check_outputs(outputs, replace=options.force)
