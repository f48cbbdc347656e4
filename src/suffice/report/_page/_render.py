"""A page as HTML: one file, one template, one style sheet, no network."""

import re
from importlib.resources import files

import jinja2
from markupsafe import escape, Markup

from suffice.report._style import to_svg

from ._alternative import alternative
from ._describe import Page, Picture
from ._grid import Grid, is_numeric

ALONE = re.compile(r'<metadata>.*?</metadata>| xmlns(:\w+)?="[^"]*"', re.DOTALL)
WIDE = 4  # tables with at least so many columns scroll instead of wrapping words
WIDTH = re.compile(r'<svg[^>]*? width="([\d.]+)pt"')
NARROW = 260  # points; a wider drawing does not fit on a telephone and scrolls
SMALL_NUMBER = re.compile(r"-?\d[\d.]*e-\d+")  # a line could end at its minus sign


def rendered(page: Page) -> str:
    """The HTML of a page, one self-contained document.

    Every figure is a drawing that needs no script. The template escapes all text that
    comes from outside.
    """
    return _template().render(page=page, style=Markup(_read("page.css")))


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
        "width": _width,
    }
    rules.globals["narrow"] = NARROW
    rules.tests["wide"] = lambda grid: len(grid.rows[0]) >= WIDE
    rules.tests["words"] = lambda grid: len(grid.head) > 2 and not any(_numeric(grid))
    return rules.from_string(_read("page.html.jinja"))


def _read(name: str) -> str:
    return (files("suffice.report._page") / name).read_text(encoding="utf-8")


def _markup(picture: Picture) -> Markup:
    """The figure itself, whose text is escaped already."""
    figure = picture.figure
    drawing = figure if isinstance(figure, str) else to_svg(figure)
    # What makes an SVG stand alone does not belong on a page.
    return Markup(ALONE.sub("", drawing[drawing.index("<svg") :]))


def _width(drawing: Markup) -> float:
    """The width of a drawing in points, 0 if it does not say."""
    found = WIDTH.search(drawing)
    return float(found[1]) if found else 0.0


def _whole(text: str) -> Markup:
    """Text whose small numbers, such as 1e-31, stay on one line."""
    inside = r'<span class="whole">\g<0></span>'
    return Markup(SMALL_NUMBER.sub(inside, str(escape(text))))


def _numeric(grid: Grid) -> list[bool]:
    """Which columns are flush right."""
    return [is_numeric(column) for column in zip(*grid.rows, strict=True)]
