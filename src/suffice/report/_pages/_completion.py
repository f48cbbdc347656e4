"""The page of a completed matrix: what is determined, how firmly, what to do next."""

import numpy as np

from suffice._core import short
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

from ._bases import (
    CONNECTIVITY,
    DETERMINED,
    FIT,
    MATRIX_SIZE,
    NOISE,
    OBSERVE,
    RANK,
    UNIQUE,
)
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
    return rendered(
        Page(
            title=f"What the entries of {found.table.source} determine",
            subtitle=_origin(found),
            cards=_cards(found),
            lead=(found.completion.headline(), Bullets(found.notes)),
            sections=(
                _statuses(found),
                _values(found),
                _noise(found),
                _rank(found),
                _next(found),
                Section("What this rests on", (Bullets(LIMITS),), (MATRIX_SIZE,)),
            ),
            command=command,
        )
    )


def _origin(found: CompletedTable) -> str:
    m, n = found.table.observed.shape
    count = len(found.table.observed.values)
    return (
        f"{count} of {m} x {n} entries are observed ({short(100 * count / (m * n))} "
        f"%); as a graph of rows and columns they are {found.report.connectivity}."
    )


def _cards(found: CompletedTable) -> tuple[Card, ...]:
    done, counts = found.completion, found.counts()
    missing = int((~done.observed).sum())
    filled = int(done.determined.sum())
    share = (
        f"{short(100 * filled / missing)} % of the missing"
        if missing
        else "none missing"
    )
    rest = counts.get("undetermined", 0) + counts.get("unresolved", 0)
    chosen = "chosen from the entries" if done.choice is not None else "as asked"
    deficit = done.determination.deficit if done.determination else None
    more = (
        "nothing settled" if deficit is None else f"{deficit} more would determine all"
    )
    return (
        Card("rank", str(done.rank or "undecided"), chosen, RANK),
        Card("filled", str(filled), share, DETERMINED),
        Card("left open", str(rest), more, OBSERVE),
        Card("fit", *_fit(found), FIT),
    )


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


def _statuses(found: CompletedTable) -> Section:
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
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    seen = f"The matrix with every entry in the colour of its status: {each}."
    blocks = found.blocks()
    sizes = f"Uniquely determined blocks, rows x columns: {blocks}." if blocks else None
    return Section(
        "Which entries are determined",
        (
            Picture("statuses", status_figure(found), seen, caption),
            Grid(("status", "entries", "share"), rows),
            sizes,
        ),
        (CONNECTIVITY, DETERMINED, UNIQUE),
    )


def _values(found: CompletedTable) -> Section | None:
    if not fits(found) or found.completion.rank is None:
        return None
    head, *rows = cells(found)
    grid = Grid(tuple(head), tuple(map(tuple, rows)))
    return Section("The matrix", (grid, Soft(LEGEND)), (DETERMINED, FIT))


def _noise(found: CompletedTable) -> Section | None:
    figure = stability_figure(found)
    if figure is None or found.stability is None:
        return None
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
    grid = _quantiles(found)
    medians = ", ".join(f"{row[2]} for {row[0]} entries" for row in grid.rows)
    seen = f"The matrix coloured by amplification of noise; the median is {medians}."
    return Section(
        "How firmly they are determined",
        (
            f"Noise: {found.noise()}." if found.noise() else None,
            Picture("stability", figure, seen, caption),
            grid,
        ),
        (NOISE,),
    )


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


def _rank(found: CompletedTable) -> Section | None:
    pictures = (_held_out(found), _singular(found))
    if not any(pictures):
        return None
    chosen = found.completion.choice
    return Section(
        "The rank and the fit",
        (
            f"Method: {found.method()}.",
            chosen.headline() if chosen is not None else None,
            *pictures,
            _singular_table(found),
        ),
        (RANK, FIT),
    )


def _held_out(found: CompletedTable) -> Picture | None:
    figure = rank_figure(found)
    if figure is None:
        return None
    return Picture(
        "ranks",
        figure,
        "Error on held-out entries against the rank; the chosen rank is "
        f"{found.completion.rank or 'undecided'}.",
        "Some entries were held out and predicted from the others, at every rank "
        "with its best ridge. The smallest rank within one standard error of the "
        "best is chosen.",
    )


def _singular(found: CompletedTable) -> Picture | None:
    figure = singular_figure(found)
    if figure is None:
        return None
    return Picture(
        "singular",
        figure,
        "One bar for each singular value of the fitted matrix, in decreasing order.",
        "Singular values of the fitted matrix. Where entries are open they depend "
        "on what the fit put there.",
    )


def _singular_table(found: CompletedTable) -> Grid | None:
    s = found.completion.singular_values
    if s is None:
        return None
    rows = tuple((str(k), short(float(value), 4)) for k, value in enumerate(s, 1))
    return Grid(("number", "singular value"), rows)


def _next(found: CompletedTable) -> Section:
    return Section("What to observe next", _picks(found), (OBSERVE,))


def _picks(found: CompletedTable) -> tuple[Part, ...]:
    if found.next is None:
        if found.completion.rank is None:
            return ("It depends on the rank, which is undecided.",)
        return ("Nothing is needed, or none was asked for.",)
    needed = found.next.needed
    rows = tuple(
        (
            str(place),
            row,
            column,
            "determines more entries" if place <= needed else "lowers the noise",
        )
        for place, (row, column) in enumerate(found.picks, 1)
    )
    return _sentence(found), Grid(("order", "row", "column", "what it does"), rows)


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
