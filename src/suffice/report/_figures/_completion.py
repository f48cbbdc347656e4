"""The figures of a completed matrix: statuses, amplification, singular values."""

import html

import numpy as np
import plotly.graph_objects as go

from suffice.completion import CompletedTable, EntryStatus

from ._colours import BLUE, EMPTY, GREY, PINK, RED, SKY
from ._layout import LAYOUT

PIXELS = 240  # along the longer side of a picture
LABELLED = 25  # rows or columns that are named in a picture
_COLOURS = {  # from the bottom of the scale of colours to its top
    EntryStatus.observed: "#3b4754",
    EntryStatus.unique: BLUE,
    EntryStatus.finite: SKY,
    EntryStatus.unresolved: PINK,
    EntryStatus.undetermined: "#f0b429",
}
ORDER = tuple((status, status.words, colour) for status, colour in _COLOURS.items())
PLACE = {status: place for place, (status, _, _) in enumerate(ORDER)}


def is_thinned(completed: CompletedTable) -> bool:
    """Whether a pixel of the pictures stands for several entries."""
    return max(completed.completion.values.shape) > PIXELS


def status_figure(completed: CompletedTable) -> go.Figure:
    """Every entry, or block of entries, in the colour of its status."""
    status = completed.completion.status
    places = np.array([PLACE[kind] for kind in sorted(EntryStatus)], np.int8)[status]
    rows, columns = _orders(completed)
    shown = places[rows][:, columns]
    figure = go.Figure(layout=_layout(completed))
    if is_thinned(completed):
        figure.add_image(z=_blended(shown), hoverinfo="skip")
        figure.update_yaxes(scaleanchor=False)
    else:
        figure.add_heatmap(
            z=shown,
            zmin=-0.5,
            zmax=len(ORDER) - 0.5,
            colorscale=_bands(),
            showscale=False,
            **_gaps(completed),
            hovertemplate="%{text}<extra></extra>",
            text=_hover(completed, shown),
        )
    for place in np.unique(places):
        _, name, colour = ORDER[place]
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"symbol": "square", "size": 12, "color": colour},
            name=name,
        )
    return figure


def stability_figure(completed: CompletedTable) -> go.Figure | None:
    """Amplification of noise in every entry; blank where nothing is determined."""
    if completed.stability is None:
        return None
    amplification = np.array(completed.stability.amplification)
    amplification[completed.completion.status == EntryStatus.undetermined] = np.inf
    rows, columns = _orders(completed)
    shown = _median(amplification[rows][:, columns])
    finite = np.isfinite(shown)
    if not finite.any():
        return None
    level = np.log10(np.where(finite, np.maximum(shown, 1e-12), np.nan))
    low, high = np.quantile(level[finite], [0.005, 0.995])
    low, high = min(low, high - 0.1), high + 1e-9
    figure = go.Figure(layout=_layout(completed))
    figure.add_heatmap(
        z=level,
        zmin=low,
        zmax=high,
        colorscale="Viridis",
        colorbar={"title": {"text": "amplification"}, **_ticks(low, high)},
        customdata=np.where(finite, shown, np.nan),
        hovertemplate="%{customdata:.3g}<extra></extra>",
        hoverongaps=False,
        **_gaps(completed),
    )
    return figure


def singular_figure(completed: CompletedTable) -> go.Figure | None:
    """The singular values of the completed matrix."""
    s = completed.completion.singular_values
    if s is None:
        return None
    bars = go.Bar(
        x=np.arange(1, len(s) + 1),
        y=s,
        marker={"color": BLUE},
        hovertemplate="%{y:.4g}<extra></extra>",
        width=0.6,
    )
    figure = go.Figure([bars], LAYOUT | {"height": 320, "hovermode": "closest"})
    figure.update_xaxes(title="number", dtick=1, range=[0.4, max(len(s), 4) + 0.6])
    figure.update_yaxes(title="singular value", rangemode="tozero")
    return figure


def rank_figure(completed: CompletedTable) -> go.Figure | None:
    """Error on held-out entries against the rank; None if no ranks were compared."""
    choice = completed.completion.choice
    if choice is None or choice.errors is None:
        return None
    ranks = np.arange(len(choice.errors))
    curve = go.Scatter(
        x=ranks,
        y=choice.errors,
        mode="lines+markers",
        line={"color": GREY},
        name="root mean square error",
        hovertemplate="%{y:.4g}",
    )
    figure = go.Figure([curve], LAYOUT | {"height": 340})
    if choice.value is not None:
        figure.add_scatter(
            x=[choice.value],
            y=[choice.errors[choice.value]],
            mode="markers",
            marker={"size": 16, "symbol": "circle-open", "color": RED, "line_width": 3},
            name="chosen",
            hoverinfo="skip",
        )
    figure.update_xaxes(title="rank (0 predicts nothing)", dtick=1)
    figure.update_yaxes(title="error on held-out entries")
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
    colours = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for *_, c in ORDER])
    total = np.add.reduceat(
        np.add.reduceat(colours[places].astype(np.int32), rows, 0), columns, 1
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


def _layout(completed: CompletedTable) -> dict:
    m, n = completed.completion.values.shape
    height = 150 + min(640 * float(np.clip(m / n, 0.25, 1.0)), 40 * m + 30)
    across, down = "columns", "rows"
    if is_thinned(completed):
        across, down = "columns, fullest first", "rows, fullest first"
    axis = {"showgrid": False, "zeroline": False}
    rows, columns = (
        _labels(names) for names in (completed.table.rows, completed.table.columns)
    )
    return LAYOUT | {
        "height": height,
        "hovermode": "closest",
        "xaxis": axis | columns | {"title": f"{n} {across}"},
        "yaxis": axis | rows | {"title": f"{m} {down}", "autorange": "reversed"},
        "plot_bgcolor": EMPTY,
    }


def _labels(names: tuple[str, ...]) -> dict:
    """The labels of an axis, or none if there are too many to read."""
    if len(names) > LABELLED:
        return {"showticklabels": False}
    short = [html.escape(name[:12]) for name in names]
    return {"tickvals": np.arange(len(names)), "ticktext": short}


def _gaps(completed: CompletedTable) -> dict:
    """Lines between the entries of a small matrix."""
    few = max(completed.completion.values.shape) <= 2 * LABELLED
    return {"xgap": 1, "ygap": 1} if few else {}


def _bands() -> list[list]:
    """A scale of colours with one flat band per status."""
    size, scale = len(ORDER), []
    for place, (_, _, colour) in enumerate(ORDER):
        scale += [[place / size, colour], [(place + 1) / size, colour]]
    return scale


def _hover(completed, shown) -> list[list[str]]:
    rows, columns = (
        map(html.escape, n) for n in (completed.table.rows, completed.table.columns)
    )
    columns = list(columns)
    return [
        [f"{row}, {c}: {ORDER[k][1]}" for c, k in zip(columns, line, strict=True)]
        for row, line in zip(rows, shown, strict=True)
    ]


def _ticks(low: float, high: float) -> dict:
    steps = (1, 1.5, 2, 3, 5, 7) if high - low < 1 else (1, 2, 5)
    steps = (1,) if high - low > 4 else steps
    values = [a * 10.0**b for b in range(-12, 13) for a in steps]
    inside = [v for v in values if low <= np.log10(v) <= high]
    return {"tickvals": np.log10(inside), "ticktext": [f"{v:g}" for v in inside]}
