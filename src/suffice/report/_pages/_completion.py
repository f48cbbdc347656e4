"""The page of a completed matrix: determined entries, their accuracy, next steps."""

import numpy as np

from suffice._core import short
from suffice._core.literature import bases
from suffice.completion import CompletedTable
from suffice.report._figures._completion import (
    is_thinned,
    rank_figure,
    singular_figure,
    stability_figure,
    status_figure,
)
from suffice.report._page._describe import (
    Bullets,
    Card,
    Page,
    Part,
    Picture,
    Section,
    Soft,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._completion_errors import error_card, errors_section
from ._completion_text import cells, fits, LEGEND

LIMITS = (
    "Determined means that almost every matrix of this rank with these observed "
    "entries has this value (or one of finitely many) here. It does not say that the "
    "matrix has this rank, nor that the value is accurate when the entries are noisy.",
    "The amplification is to first order, at the fitted matrix, for independent noise "
    "of equal size on the observed entries, and without a ridge. It does not see that "
    "a matrix of this rank may be the wrong model.",
    "Which entries are determined follows from their places. Zeros and other "
    "coincidences in the values can determine less: such entries are left unfilled.",
    "The expected error holds for entries that are missing whatever their value.",
)


def completion_page(completion: CompletedTable, *, command: str = "") -> str:
    """The page of a completed matrix, one self-contained HTML document.

    Args:
        completion: The completed entries of a file.
        command: The command line that made it, printed at the end.

    Examples:
        >>> from pathlib import Path
        >>> lines = "a,b,c", "1,2,3", "2,4,6", "3,6,"
        >>> done = Path("m.csv").write_text(chr(10).join(lines))
        >>> table = sf.completion.read_entries("m.csv")
        >>> found = sf.completion.complete_table(table, rank=1, offsets="none")
        >>> page = sf.report.completion_page(found, command="by hand")
        >>> page.startswith("<!doctype html>"), "by hand" in page
        (True, True)
    """
    return rendered(
        Page(
            title=f"What the entries of {completion.table.source} determine",
            subtitle=_origin(completion),
            cards=_cards(completion),
            lead=(completion.completion.headline(), Bullets(completion.notes)),
            sections=(
                _statuses(completion),
                _values(completion),
                errors_section(completion),
                _noise(completion),
                _rank(completion),
                _next(completion),
                Section("What this rests on", (Bullets(LIMITS),), (bases.MATRIX_SIZE,)),
            ),
            command=command,
        )
    )


def _origin(completed: CompletedTable) -> str:
    m, n = completed.table.observed.shape
    count = len(completed.table.observed.values)
    return (
        f"{count} of {m} x {n} entries are observed ({short(100 * count / (m * n))} "
        f"%); as a graph of rows and columns they are {completed.report.connectivity}. "
        f"The file was read as {completed.table.reading}."
    )


def _cards(completed: CompletedTable) -> tuple[Card, ...]:
    completion, counts = completed.completion, completed.counts()
    missing = int((~completion.observed).sum())
    filled = int(completion.determined.sum())
    share = (
        f"{short(100 * filled / missing)} % of the missing"
        if missing
        else "none missing"
    )
    rest = counts.get("undetermined", 0) + counts.get("unresolved", 0)
    chosen = (
        "chosen from the entries" if completion.choice is not None else "as requested"
    )
    determination = completion.determination
    deficit = determination.deficit if determination else None
    settled = {None: "undecided", 0: "all are determined"}
    more = settled.get(deficit, f"{deficit} more would determine all")
    return (
        Card("rank", str(completion.rank or "undecided"), chosen, bases.RANK),
        Card("filled", str(filled), share, bases.DETERMINED),
        Card("not filled", str(rest), more, bases.OBSERVE),
        error_card(completed),
    )


def _statuses(completed: CompletedTable) -> Section:
    caption = "Every entry of the matrix, in the order of the file."
    if is_thinned(completed):
        caption = (
            "Every pixel stands for a block of entries, in the mean of their colours. "
            "Rows and columns are sorted by component, and within a component by the "
            "number of observed entries, largest first."
        )
    counts = completed.counts()
    total = sum(counts.values())
    rows = tuple(
        (name, str(count), f"{short(100 * count / total)} %")
        for name, count in counts.items()
    )
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    seen = f"The matrix with every entry in the colour of its status: {each}."
    blocks = completed.blocks()
    sizes = f"Uniquely determined blocks, rows x columns: {blocks}." if blocks else None
    return Section(
        "Which entries are determined",
        (
            Picture("statuses", status_figure(completed), seen, caption),
            Grid(("status", "entries", "share"), rows),
            sizes,
        ),
        (bases.CONNECTIVITY, bases.DETERMINED, bases.UNIQUE),
    )


def _values(completed: CompletedTable) -> Section | None:
    if not fits(completed) or completed.completion.rank is None:
        return None
    head, *rows = cells(completed)
    grid = Grid(tuple(head), tuple(map(tuple, rows)))
    return Section("The matrix", (grid, Soft(LEGEND)), (bases.DETERMINED, bases.FIT))


def _noise(completed: CompletedTable) -> Section | None:
    figure = stability_figure(completed)
    if figure is None or completed.stability is None:
        return None
    sampled = completed.stability.method == "sampled"
    error = short(100 * completed.stability.relative_error, 2)
    caption = (
        "Standard error of every entry per unit of noise on the observed ones: at 1 an "
        "entry is as accurate as an observation. Cells without a determined entry are "
        "blank. The scale leaves out the extreme half per cent on both sides."
        f"{f' Each number has an error of {error} %, from noisy refits.' * sampled}"
    )
    grid = _quantiles(completed)
    medians = ", ".join(f"{row[2]} for {row[0]} entries" for row in grid.rows)
    seen = f"The matrix coloured by amplification of noise; the median is {medians}."
    return Section(
        "How firmly they are determined",
        (
            f"Noise: {completed.noise()}." if completed.noise() else None,
            Picture("stability", figure, seen, caption),
            grid,
        ),
        (bases.NOISE,),
    )


def _quantiles(completed: CompletedTable) -> Grid:
    assert completed.stability is not None
    amplification = completed.stability.amplification
    completion = completed.completion
    levels = (0.05, 0.5, 0.95)
    head = ("entries", "best 5 %", "median", "worst 5 %", "largest")
    rows = []
    groups = {"observed": completion.observed, "filled": completion.determined}
    for name, where in groups.items():
        some = amplification[where]
        if some.size:
            rows.append(
                (name, *map(short, np.quantile(some, levels)), short(some.max()))
            )
    return Grid(head, tuple(rows))


def _rank(completed: CompletedTable) -> Section | None:
    pictures = (_held_out(completed), _singular(completed))
    if not any(pictures):
        return None
    chosen = completed.completion.choice
    return Section(
        "The rank and the fit",
        (
            f"Method: {completed.method()}.",
            chosen.headline() if chosen is not None else None,
            *pictures,
            _singular_table(completed),
        ),
        (bases.RANK, bases.FIT),
    )


def _held_out(completed: CompletedTable) -> Picture | None:
    figure = rank_figure(completed)
    if figure is None:
        return None
    return Picture(
        "ranks",
        figure,
        "Error on held-out entries against the rank; the chosen rank is "
        f"{completed.completion.rank or 'undecided'}.",
        "Some entries were held out and predicted from the others, at every rank "
        "with its best offsets and ridge. Only entries that the others determine "
        "count. The best rank is chosen if it is clearly better than offsets alone.",
    )


def _singular(completed: CompletedTable) -> Picture | None:
    figure = singular_figure(completed)
    if figure is None:
        return None
    return Picture(
        "singular",
        figure,
        "One bar for each singular value of the fitted matrix, in decreasing order.",
        "Singular values of the fitted matrix. Where entries are not determined, they "
        "depend on the values that the fit chose there.",
    )


def _singular_table(completed: CompletedTable) -> Grid | None:
    s = completed.completion.singular_values
    if s is None:
        return None
    rows = tuple((str(k), short(float(value), 4)) for k, value in enumerate(s, 1))
    return Grid(("number", "singular value"), rows)


def _next(completed: CompletedTable) -> Section:
    return Section("What to observe next", _picks(completed), (bases.OBSERVE,))


def _picks(completed: CompletedTable) -> tuple[Part, ...]:
    if completed.next is None:
        if completed.completion.rank is None:
            return ("It depends on the rank, which is undecided.",)
        return ("No further entry is needed, or no proposal was requested.",)
    needed = completed.next.needed
    rows = tuple(
        (
            str(place),
            row,
            column,
            "determines more entries" if place <= needed else "lowers the noise",
        )
        for place, (row, column) in enumerate(completed.picks, 1)
    )
    return _sentence(completed), Grid(("order", "row", "column", "what it does"), rows)


def _sentence(completed: CompletedTable) -> str:
    assert completed.next is not None
    total, needed = completed.next.deficit, completed.next.needed
    if not total:
        return "Everything is determined; these entries lower the noise most."
    listed = "all of them" if needed == total else f"the first {needed} of them"
    if total == 1:
        return "One further entry determines everything: the first that is listed."
    return (
        f"{total} further entries determine everything, and no fewer can; {listed} are "
        "listed, chosen to keep the noise low. Each adds one to what is known."
    )
