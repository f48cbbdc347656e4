"""The page of a reproduced paper: its claims first, then every figure."""

import html

from suffice.report._page._grid import Grid
from suffice.report._page._render import card, document, paragraph, table

from ._claim import AGREES, Claim, DIFFERS, Drawing, Reproduction, UNDECIDED

HEAD = ("verdict", "claim", "source", "expected", "measured")


def reproduction_page(found: Reproduction, *, command: str = "") -> str:
    """The page of a reproduced paper, one self-contained HTML document.

    Args:
        found: What was rerun.
        command: The command line that made it, printed at the end.
    """
    sizes = "the sizes of the paper" if found.full else "quick sizes"
    cards = [
        card("claims that agree", str(found.count(AGREES)), f"of {len(found.claims)}"),
        card("differ", str(found.count(DIFFERS)), "see the remarks"),
        card("undecided", str(found.count(UNDECIDED)), "by this computation"),
    ]
    body = "\n".join(
        [
            f"<h1>{html.escape(found.title)}</h1>",
            paragraph(f"arXiv:{found.arxiv}, rerun at {sizes}.", "soft"),
            f'<div class="cards">{"".join(cards)}</div>',
            "<h2>Claims</h2>",
            claims_table(found.claims),
            *map(_section, found.drawings),
            _footer(found, command),
        ]
    )
    return document(found.title, body)


def claims_table(claims: tuple[Claim, ...]) -> str:
    """The claims of a paper as a table, remarks below those that have one."""
    rows = tuple(
        (c.verdict, c.statement, c.source, c.expected, c.measured) for c in claims
    )
    remarks = [
        f"<li><b>{html.escape(c.source)}</b>: {html.escape(c.remark)}</li>"
        for c in claims
        if c.remark
    ]
    below = f"<p>Remarks</p><ul>{''.join(remarks)}</ul>" if remarks else ""
    return table(Grid(HEAD, rows)) + below


def _section(drawing: Drawing) -> str:
    picture = ""
    if drawing.svg is not None:
        # The first lines of a stand-alone SVG do not belong into a page.
        picture = drawing.svg[drawing.svg.index("<svg") :]
    return (
        f"<h2>{html.escape(drawing.title)}</h2><figure>{picture}<figcaption>"
        f"{html.escape(drawing.caption)} Experiment {html.escape(drawing.name)}, "
        f"computed in {drawing.seconds:.0f} s."
        f"</figcaption></figure>{table(_decided(drawing))}"
    )


def _decided(drawing: Drawing) -> Grid:
    return Grid(
        ("verdict", "claim", "measured"),
        tuple((c.verdict, c.statement, c.measured) for c in drawing.claims),
    )


def _footer(found: Reproduction, command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    return f"<footer>{made}<p>The page needs no network.</p></footer>"
