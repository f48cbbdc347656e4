"""A page as HTML: one file, one template, one style sheet, no network."""

import re
from importlib.resources import files
from typing import Any

import jinja2
import plotly.graph_objects as go
from markupsafe import escape, Markup
from matplotlib.figure import Figure
from plotly.offline import get_plotlyjs

from suffice.report._style import to_svg

from ._alternative import alternative
from ._describe import Page, Part, Picture
from ._grid import Grid, is_numeric

DRAWING = {"displayModeBar": False, "responsive": True}
ALONE = re.compile(r'<metadata>.*?</metadata>| xmlns(:\w+)?="[^"]*"', re.DOTALL)
WIDE = 4  # tables with at least so many columns scroll instead of wrapping words
SMALL_NUMBER = re.compile(r"-?\d[\d.]*e-\d+")  # a line could end at its minus sign


def rendered(page: Page) -> str:
    """The HTML of a page, one self-contained document.

    The plotly script is included if a figure needs it: one whose points are told apart
    by hovering. Every other figure is a drawing that needs no script. The template
    escapes all text that comes from outside.
    """
    pictures = [part for part in _parts(page) if isinstance(part, Picture)]
    scripted = any(isinstance(picture.figure, go.Figure) for picture in pictures)
    return _template().render(
        page=page,
        style=Markup(_read("page.css")),
        script=Markup(get_plotlyjs()) if scripted else "",
    )


def _parts(page: Page) -> list[Part]:
    inside = [section.parts for section in page.sections if section is not None]
    return [part for parts in (page.lead, *inside) for part in parts]


def _template() -> jinja2.Template:
    rules = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    rules.filters |= {
        "kind": lambda part: type(part).__name__,
        "markup": _markup,
        "alternative": alternative,
        "numeric": _numeric,
        "whole": _whole,
    }
    rules.tests["wide"] = lambda grid: len(grid.rows[0]) >= WIDE
    rules.tests["words"] = lambda grid: len(grid.head) > 2 and not any(_numeric(grid))
    rules.tests["scripted"] = lambda picture: isinstance(picture.figure, go.Figure)
    return rules.from_string(_read("page.html.jinja"))


def _read(name: str) -> str:
    return (files("suffice.report._page") / name).read_text(encoding="utf-8")


def _markup(picture: Picture) -> Markup:
    """The figure itself, which plotly and matplotlib have escaped."""
    figure = picture.figure
    if not isinstance(figure, str | Figure):
        interactive: Any = figure.to_html(
            full_html=False, include_plotlyjs=False, div_id=picture.name, config=DRAWING
        )
        return Markup(interactive)
    drawing = figure if isinstance(figure, str) else to_svg(figure)
    # What makes an SVG stand alone does not belong on a page.
    return Markup(ALONE.sub("", drawing[drawing.index("<svg") :]))


def _whole(text: str) -> Markup:
    """Text whose small numbers, such as 1e-31, stay on one line."""
    inside = r'<span class="whole">\g<0></span>'
    return Markup(SMALL_NUMBER.sub(inside, str(escape(text))))


def _numeric(grid: Grid) -> list[bool]:
    """Which columns are flush right."""
    return [is_numeric(column) for column in zip(*grid.rows, strict=True)]
