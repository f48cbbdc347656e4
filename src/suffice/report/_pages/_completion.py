"""The page of a completed matrix: what is determined, how firmly, what to do next."""

import html

import numpy as np
import plotly.graph_objects as go

from suffice._core import short
from suffice.completion import CompletedTable
from suffice.report._figures._completion import (
    is_thinned,
    rank_figure,
    singular_figure,
    stability_figure,
    status_figure,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import card, document, drawn, paragraph, table

from ._completion_text import cells, fits, LEGEND

LIMITS = (
    "Determined means that almost every matrix of this rank with these observed "
    "entries has this value (or one of finitely many) here. It does not say that the "
    "matrix has this rank, nor that the value is accurate when the entries are noisy.",
    "The amplification is to first order, at the fitted matrix, for independent noise "
    "of equal size on the observed entries, and without a ridge. It does not see that "
    "a matrix of this rank may be the wrong model.",
    "Which entries are determined follows from their places alone. Zeros and other "
    "coincidences in the values can determine less: such entries are left open.",
)


def completion_page(found: CompletedTable, *, command: str = "") -> str:
    """The page of a completed matrix, one self-contained HTML document.

    Args:
        found: The completed entries of a file.
        command: The command line that made it, printed at the end.
    """
    title = f"What the entries of {found.table.source} determine"
    body = "\n".join(
        [
            f"<h1>{html.escape(title)}</h1>",
            paragraph(_origin(found), "soft"),
            _cards(found),
            paragraph(found.completion.headline()),
            _listed(found.notes),
            *_statuses(found),
            *_values(found),
            *_noise(found),
            *_rank(found),
            *_next(found),
            "<h2>What this rests on</h2>",
            _listed(LIMITS),
            _footer(command),
        ]
    )
    return document(title, body)


def _origin(found: CompletedTable) -> str:
    m, n = found.table.observed.shape
    count = len(found.table.observed.values)
    return (
        f"{count} of {m} x {n} entries are observed ({short(100 * count / (m * n))} "
        f"%); as a graph of rows and columns they are {found.report.connectivity}."
    )


def _cards(found: CompletedTable) -> str:
    done, counts = found.completion, found.counts()
    open_ = int((~done.observed).sum())
    filled = int(done.determined.sum())
    share = (
        f"{short(100 * filled / open_)} % of the missing" if open_ else "none missing"
    )
    rest = counts.get("undetermined", 0) + counts.get("unresolved", 0)
    chosen = "chosen from the entries" if done.choice is not None else "as asked"
    deficit = done.determination.deficit if done.determination else None
    more = (
        "nothing settled" if deficit is None else f"{deficit} more would determine all"
    )
    cards = [
        card("rank", str(done.rank or "undecided"), chosen),
        card("filled", str(filled), share),
        card("left open", str(rest), more),
        card("fit", *_fit(found)),
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _fit(found: CompletedTable) -> tuple[str, str]:
    if found.completion.rank is None:
        return "none", "no rank was settled"
    if not found.exact:
        return (
            f"{short(100 * found.completion.residual, 2)} %",
            "left, root mean square",
        )
    if found.redundant == 0:
        return "exact", "but nothing tests it"
    return "exact", "to rounding"


def _listed(sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _drawn(figure: go.Figure | None, name: str, caption: str) -> str:
    return "" if figure is None else drawn(figure, name, caption)


def _statuses(found: CompletedTable) -> list[str]:
    caption = "Every entry of the matrix, in the order of the file."
    if is_thinned(found):
        caption = (
            "Every pixel stands for a block of entries, in the mean of their colours. "
            "Rows and columns are sorted: component by component, those with most "
            "observed entries first."
        )
    counts = found.counts()
    total = sum(counts.values())
    rows = tuple(
        (name, str(count), f"{short(100 * count / total)} %")
        for name, count in counts.items()
    )
    blocks = found.blocks()
    sizes = f"Uniquely determined blocks, rows x columns: {blocks}." if blocks else None
    return [
        "<h2>Which entries are determined</h2>",
        drawn(status_figure(found), "statuses", caption),
        table(Grid(("status", "entries", "share"), rows)),
        paragraph(sizes),
    ]


def _values(found: CompletedTable) -> list[str]:
    if not fits(found) or found.completion.rank is None:
        return []
    head, *rows = cells(found)
    grid = Grid(tuple(head), tuple(map(tuple, rows)))
    return ["<h2>The matrix</h2>", table(grid), paragraph(LEGEND, "soft")]


def _noise(found: CompletedTable) -> list[str]:
    figure = stability_figure(found)
    if figure is None or found.stability is None:
        return []
    sampled = found.stability.method == "sampled"
    error = (
        f" Each number is good to {short(100 * found.stability.relative_error, 2)} %,"
    )
    caption = (
        "Standard error of every entry per unit of noise on the observed ones: 1 means "
        "as good as an observation. Blank where nothing is determined. The scale "
        "leaves out the extreme half per cent on both sides."
        f"{error + ' from noisy refits.' if sampled else ''}"
    )
    sentence = f"Noise: {found.noise()}." if found.noise() else None
    return [
        "<h2>How firmly they are determined</h2>",
        paragraph(sentence),
        drawn(figure, "stability", caption),
        table(_quantiles(found)),
    ]


def _quantiles(found: CompletedTable) -> Grid:
    assert found.stability is not None
    amp, done = found.stability.amplification, found.completion
    levels = (0.05, 0.5, 0.95)
    head = ("entries", "best 5 %", "median", "worst 5 %", "largest")
    rows = []
    for name, where in (("observed", done.observed), ("filled", done.determined)):
        some = amp[where]
        if some.size:
            rows.append(
                (name, *map(short, np.quantile(some, levels)), short(some.max()))
            )
    return Grid(head, tuple(rows))


def _rank(found: CompletedTable) -> list[str]:
    singular = singular_figure(found)
    ranks = rank_figure(found)
    if singular is None and ranks is None:
        return []
    chosen = found.completion.choice
    return [
        "<h2>The rank and the fit</h2>",
        paragraph(f"Method: {found.method()}."),
        paragraph(chosen.headline() if chosen is not None else None),
        _drawn(
            ranks,
            "ranks",
            "Some entries were held out and predicted from the others, at every rank "
            "with its best ridge. The smallest rank within one standard error of the "
            "best is chosen.",
        ),
        _drawn(
            singular,
            "singular",
            "Singular values of the fitted matrix. Where entries are open they depend "
            "on what the fit put there.",
        ),
        _singular_table(found),
    ]


def _singular_table(found: CompletedTable) -> str:
    s = found.completion.singular_values
    if s is None:
        return ""
    rows = tuple((str(k), short(float(value), 4)) for k, value in enumerate(s, 1))
    return table(Grid(("number", "singular value"), rows))


def _next(found: CompletedTable) -> list[str]:
    head = ["<h2>What to observe next</h2>"]
    if found.next is None:
        why = "Nothing is needed, or none was asked for."
        if found.completion.rank is None:
            why = "It depends on the rank, which is undecided."
        return [*head, paragraph(why)]
    needed = found.next.needed
    rows = tuple(
        (str(place), row, column, "determines" if place <= needed else "lowers noise")
        for place, (row, column) in enumerate(found.picks, 1)
    )
    grid = Grid(("order", "row", "column", "what it does"), rows)
    return [*head, paragraph(f"{_sentence(found)}"), table(grid)]


def _sentence(found: CompletedTable) -> str:
    assert found.next is not None
    total, needed = found.next.deficit, found.next.needed
    if not total:
        return "Everything is determined; these entries lower the noise most."
    listed = "all of them" if needed == total else f"the first {needed} of them"
    if total == 1:
        return "One further entry determines everything: the first that is listed."
    return (
        f"{total} further entries determine everything, and no fewer can; {listed} are "
        "listed, chosen to keep the noise low. Each adds one to what is known."
    )


def _footer(command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    return (
        f"<footer>{made}<p>Sources: connectivity of the observed entries, "
        "arXiv:2405.13721; local linear recovery, arXiv:2406.18035. The page needs no "
        "network.</p></footer>"
    )
