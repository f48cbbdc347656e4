"""The skeleton of a page: one file, one script, no network."""

import html

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ._grid import Grid, is_numeric

STYLE = """
:root { color-scheme: light; --ink: #1b1f24; --soft: #5b6470; --line: #d9dee4;
  --mark: #fff4e5; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1.25rem 4rem;
  color: var(--ink); background: #fff;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
p { margin: .5rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.soft, figcaption, footer { color: var(--soft); }
.cards { display: grid; gap: .75rem; margin: 1.3rem 0;
  grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.card { border: 1px solid var(--line); border-radius: .6rem; padding: .75rem .9rem; }
.card b { display: block; font-size: 1.55rem; line-height: 1.25;
  overflow-wrap: anywhere; }
.card span { color: var(--soft); font-size: .9rem; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: .92rem; max-width: 46rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: .8rem 0;
  font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); }
.number { text-align: right; white-space: nowrap; }
tr.marked td { background: var(--mark); font-weight: 600; }
code, pre { font: .88rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { background: #f5f7f9; padding: .7rem .9rem; border-radius: .4rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
li { margin: .3rem 0; max-width: 46rem; }
@media print { .card, figure, table { break-inside: avoid; } }
"""
MARKED, NUMBER = ' class="marked"', ' class="number"'
DRAWING = {"displayModeBar": False, "responsive": True}


def document(title: str, body: str) -> str:
    """A whole page around its body; the script comes along where a figure needs it."""
    drawn_here = "plotly-graph-div" in body
    script = f"<script>{get_plotlyjs()}</script>\n" if drawn_here else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n"
        f"{script}</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def paragraph(text: str | None, kind: str = "") -> str:
    """A paragraph of plain text, or nothing."""
    if not text:
        return ""
    attribute = f' class="{kind}"' if kind else ""
    return f"<p{attribute}>{html.escape(text)}</p>"


def card(label: str, value: str, remark: str) -> str:
    """One large number with its meaning."""
    label, value, remark = map(html.escape, (label, value, remark))
    return (
        f'<div class="card"><span>{label}</span><b>{value}</b>'
        f"<span>{remark}</span></div>"
    )


def drawn(figure: go.Figure, name: str, caption: str) -> str:
    """A figure with its explanation; without a script, a pointer to the table."""
    drawing = figure.to_html(
        full_html=False, include_plotlyjs=False, div_id=name, config=DRAWING
    )
    return (
        f"<figure>{drawing}<noscript><p>The picture needs JavaScript; its numbers are "
        f"in the table below.</p></noscript><figcaption>{html.escape(caption)}"
        "</figcaption></figure>"
    )


def table(grid: Grid) -> str:
    """A table, or nothing when it is empty."""
    if not grid.rows:
        return ""
    numeric = [is_numeric(column) for column in zip(*grid.rows, strict=True)]
    head = ""
    if any(grid.head):
        head = f"<thead><tr>{_cells('th', grid.head, numeric)}</tr></thead>"
    rows = "".join(
        f"<tr{MARKED if index == grid.marked else ''}>{_cells('td', row, numeric)}</tr>"
        for index, row in enumerate(grid.rows)
    )
    return f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def _cells(tag: str, cells: tuple[str, ...], numeric: list[bool]) -> str:
    return "".join(
        f"<{tag}{NUMBER if right else ''}>{html.escape(cell)}</{tag}>"
        for cell, right in zip(cells, numeric, strict=True)
    )
