"""The figures of a completed matrix: statuses, amplification, singular values."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from suffice.completion import CompletedTable, EntryStatus
from suffice.report._style import legend_above, page_axes, styled

from ._colours import BLUE, EMPTY, GREY, PINK, RED, SKY

PIXELS = 240  # along the longer side of a picture
LABELLED = 25  # rows or columns that are named in a picture
_COLOURS = {  # in the order of the legend
    EntryStatus.observed: "#3b4754",
    EntryStatus.unique: BLUE,
    EntryStatus.finite: SKY,
    EntryStatus.unresolved: PINK,
    EntryStatus.undetermined: "#f0b429",
}
ORDER = tuple((status, status.words, colour) for status, colour in _COLOURS.items())
PLACE = {status: place for place, (status, _, _) in enumerate(ORDER)}
RGB = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for *_, c in ORDER])


def is_thinned(completed: CompletedTable) -> bool:
    """Whether a pixel of the pictures stands for several entries."""
    return max(completed.completion.values.shape) > PIXELS


def status_figure(completed: CompletedTable) -> Figure:
    """Every entry, or block of entries, in the colour of its status."""
    status = completed.completion.status
    places = np.array([PLACE[kind] for kind in sorted(EntryStatus)], np.int8)[status]
    rows, columns = _orders(completed)
    with styled():
        figure, axes = _matrix_axes(completed)
        _shown(axes, completed, _blended(places[rows][:, columns]))
        for place in np.unique(places):
            _, name, colour = ORDER[place]
            axes.plot([], [], "s", color=colour, markersize=8, label=name)
        legend_above(figure)
    return figure


def stability_figure(completed: CompletedTable) -> Figure | None:
    """Amplification of noise in every entry; blank where nothing is determined."""
    if completed.stability is None:
        return None
    amplification = np.array(completed.stability.amplification)
    amplification[completed.completion.status == EntryStatus.undetermined] = np.inf
    rows, columns = _orders(completed)
    values = _median(amplification[rows][:, columns])
    finite = np.isfinite(values)
    if not finite.any():
        return None
    values = np.ma.masked_array(np.maximum(values, 1e-12), ~finite)
    low, high = np.quantile(values.compressed(), [0.005, 0.995])
    with styled():
        figure, axes = _matrix_axes(completed)
        norm = LogNorm(min(low, high / 1.3), high * (1 + 1e-9), clip=True)
        image = _shown(axes, completed, values, norm=norm, cmap="viridis")
        bar = figure.colorbar(image, ax=axes, label="amplification", pad=0.02)
        parts = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 5, 7)
        bar.set_ticks(LogLocator(subs=parts if high < 1e4 * low else (1,)))
        bar.ax.yaxis.set_major_formatter("{x:g}")
        bar.minorticks_off()
    return figure


def singular_figure(completed: CompletedTable) -> Figure | None:
    """The singular values of the completed matrix."""
    s = completed.completion.singular_values
    if s is None:
        return None
    with styled():
        figure, axes = page_axes(3.0)
        axes.bar(np.arange(1, len(s) + 1), s, width=0.6, color=BLUE)
        axes.set_xlim(0.4, max(len(s), 4) + 0.6)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="number", ylabel="singular value")
    return figure


def rank_figure(completed: CompletedTable) -> Figure | None:
    """Error on held-out entries against the rank; None if no ranks were compared."""
    choice = completed.completion.choice
    if choice is None or choice.errors is None:
        return None
    with styled():
        figure, axes = page_axes(3.2)
        axes.plot(choice.errors, "o-", color=GREY, label="root mean square error")
        if choice.value is not None:
            ring = {"markersize": 11, "markeredgewidth": 2.5, "fillstyle": "none"}
            place = [choice.value], [choice.errors[choice.value]]
            axes.plot(*place, "o", color=RED, label="chosen", **ring)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("rank (0 predicts nothing)")
        axes.set_ylabel("error on held-out entries")
        legend_above(figure)
    return figure


# Thinning --------------------------------------------------------------------------


def _orders(completed: CompletedTable) -> tuple[np.ndarray, np.ndarray]:
    """Order of rows and columns: that of the file, or by component when thinned."""
    m, n = completed.completion.values.shape
    if not is_thinned(completed):
        return np.arange(m), np.arange(n)
    graph, observed = completed.report.graph, completed.completion.observed
    sides = ((graph.row, observed.sum(1)), (graph.col, observed.sum(0)))
    rows, columns = (
        np.lexsort((-filled, np.where(part < 0, graph.count, part)))
        for part, filled in sides
    )
    return rows, columns


def _edges(size: int, step: float) -> np.ndarray:
    """Where the blocks of a thinned side begin."""
    count = max(1, round(size / step))
    return np.unique(np.linspace(0, size, count + 1).astype(int)[:-1])


def _steps(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    # A long thin matrix keeps every line of its short side.
    rows, columns = (_edges(size, max(1.0, size / PIXELS)) for size in shape[:2])
    return rows, columns


def _blended(places: np.ndarray) -> np.ndarray:
    """Red, green and blue of every block: the mean colour of its entries."""
    rows, columns = _steps(places.shape)
    total = np.add.reduceat(
        np.add.reduceat(RGB[places].astype(np.int32), rows, 0), columns, 1
    )
    heights = np.diff([*rows, places.shape[0]])
    widths = np.diff([*columns, places.shape[1]])
    return (total / np.outer(heights, widths)[..., None]).round().astype(np.uint8)


def _median(values: np.ndarray) -> np.ndarray:
    rows, columns = _steps(values.shape)
    if (len(rows), len(columns)) == values.shape:
        return values
    bands = np.split(values, rows[1:], axis=0)
    return np.array(
        [
            [np.median(block) for block in np.split(band, columns[1:], axis=1)]
            for band in bands
        ]
    )


# Details ---------------------------------------------------------------------------


def _matrix_axes(completed: CompletedTable) -> tuple[Figure, Axes]:
    """Axes in the shape of a matrix, with its labels if they can be read."""
    m, n = completed.completion.values.shape
    figure, axes = page_axes(1.4 + min(6.4 * float(np.clip(m / n, 0.25, 1)), 0.4 * m))
    down, across = "rows", "columns"
    if is_thinned(completed):
        down, across = "rows, fullest first", "columns, fullest first"
    axes.set(xlabel=f"{n} {across}", ylabel=f"{m} {down}", facecolor=EMPTY)
    places, names = _labels(completed.table.columns)
    turned = 90 if max(map(len, names), default=0) > 4 else 0
    axes.set_xticks(places, names, rotation=turned, parse_math=False)
    axes.set_yticks(*_labels(completed.table.rows), parse_math=False)
    axes.tick_params(length=0)
    return figure, axes


def _labels(names: tuple[str, ...]) -> tuple[range, list[str]]:
    """Places and labels of an axis, none if there are too many to read."""
    if len(names) > LABELLED:
        return range(0), []
    return range(len(names)), [name[:12] for name in names]


def _shown(axes: Axes, completed: CompletedTable, values: np.ndarray, **look):
    """The entries as an image, with lines between those of a small matrix."""
    image = axes.imshow(values, aspect="auto", interpolation="nearest", **look)
    m, n = completed.completion.values.shape
    if max(m, n) <= 2 * LABELLED:
        axes.set_xticks(np.arange(1, n) - 0.5, minor=True)
        axes.set_yticks(np.arange(1, m) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1)
        axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    return image
