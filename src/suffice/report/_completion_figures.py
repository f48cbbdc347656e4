"""The figures of a completed matrix: statuses, amplification, singular values."""

import numpy as np
import plotly.graph_objects as go

from suffice.completion import CompletedTable, EntryStatus

from ._figures import BLUE, GREY, LAYOUT, RED

PIXELS = 240  # along the longer side of a picture
ORDER = (  # from the bottom of the scale of colours to its top
    (EntryStatus.observed, "observed", "#3b4754"),
    (EntryStatus.unique, "determined", "#0072b2"),
    (EntryStatus.finite, "determined, finitely many values", "#56b4e9"),
    (EntryStatus.unresolved, "unresolved", "#cc79a7"),
    (EntryStatus.undetermined, "undetermined", "#f0b429"),
)
PLACE = {status: place for place, (status, _, _) in enumerate(ORDER)}


def is_thinned(found: CompletedTable) -> bool:
    """Whether a pixel of the pictures stands for several entries."""
    return max(found.completion.values.shape) > PIXELS


def status_figure(found: CompletedTable) -> go.Figure:
    """Every entry, or block of entries, in the colour of its status."""
    status = found.completion.status
    places = np.array([PLACE[kind] for kind in sorted(EntryStatus)], np.int8)[status]
    rows, columns = _orders(found)
    shown = _most_frequent(places[rows][:, columns])
    figure = go.Figure(layout=_layout(found))
    figure.add_heatmap(
        z=shown,
        zmin=-0.5,
        zmax=len(ORDER) - 0.5,
        colorscale=_bands(),
        showscale=False,
        hovertemplate="%{text}<extra></extra>",
        text=_hover(found, rows, columns, shown),
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


def stability_figure(found: CompletedTable) -> go.Figure | None:
    """How much noise arrives in every entry; blank where nothing is determined."""
    if found.stability is None:
        return None
    amp = np.array(found.stability.amplification)
    amp[found.completion.status == EntryStatus.undetermined] = np.inf
    rows, columns = _orders(found)
    shown = _median(amp[rows][:, columns])
    finite = np.isfinite(shown)
    if not finite.any():
        return None
    level = np.log10(np.where(finite, np.maximum(shown, 1e-12), np.nan))
    low, high = np.quantile(level[finite], [0.005, 0.995])
    low, high = min(low, high - 0.1), high + 1e-9
    figure = go.Figure(layout=_layout(found))
    figure.add_heatmap(
        z=level,
        zmin=low,
        zmax=high,
        colorscale="Viridis",
        colorbar={"title": {"text": "amplification"}, **_ticks(low, high)},
        customdata=np.where(finite, shown, np.nan),
        hovertemplate="%{customdata:.3g}<extra></extra>",
        hoverongaps=False,
    )
    return figure


def singular_figure(found: CompletedTable) -> go.Figure | None:
    """The singular values of the completed matrix."""
    s = found.completion.singular_values
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
    figure.update_xaxes(title="number", dtick=1, range=[0.4, max(len(s), 5) + 0.6])
    figure.update_yaxes(title="singular value", rangemode="tozero")
    return figure


def rank_figure(found: CompletedTable) -> go.Figure | None:
    """Error on held-out entries against the rank; None where none was compared."""
    choice = found.completion.choice
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


def _orders(found: CompletedTable) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns as in the file; by component and fullness when thinned."""
    m, n = found.completion.values.shape
    if not is_thinned(found):
        return np.arange(m), np.arange(n)
    graph, seen = found.report.graph, found.completion.observed
    sides = ((graph.row, seen.sum(1)), (graph.col, seen.sum(0)))
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


def _most_frequent(places: np.ndarray) -> np.ndarray:
    rows, columns = _steps(places.shape)
    counts = np.stack(
        [
            np.add.reduceat(
                np.add.reduceat((places == k).astype(np.int32), rows, 0), columns, 1
            )
            for k in range(len(ORDER))
        ]
    )
    return counts.argmax(0)


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


def _layout(found: CompletedTable) -> dict:
    m, n = found.completion.values.shape
    height = 150 + 640 * float(np.clip(m / n, 0.25, 1.0))
    across, down = "columns", "rows"
    if is_thinned(found):
        across, down = "columns, fullest first", "rows, fullest first"
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False}
    return LAYOUT | {
        "height": height,
        "hovermode": "closest",
        "xaxis": axis | {"title": f"{n} {across}"},
        "yaxis": axis | {"title": f"{m} {down}", "autorange": "reversed"},
        "plot_bgcolor": "#eceff2",
    }


def _bands() -> list[list]:
    """A scale of colours with one flat band per status."""
    size, scale = len(ORDER), []
    for place, (_, _, colour) in enumerate(ORDER):
        scale += [[place / size, colour], [(place + 1) / size, colour]]
    return scale


def _hover(found, rows, columns, shown) -> list[list[str]] | None:
    if is_thinned(found):
        return [[ORDER[place][1] for place in line] for line in shown]
    names = found.table.rows, found.table.columns
    return [
        [
            f"{names[0][i]}, {names[1][j]}: {ORDER[place][1]}"
            for j, place in zip(columns, line, strict=True)
        ]
        for i, line in zip(rows, shown, strict=True)
    ]


def _ticks(low: float, high: float) -> dict:
    values = [a * 10.0**b for b in range(-12, 13) for a in (1, 2, 5)]
    if high - low > 4:
        values = [10.0**b for b in range(-12, 13)]
    inside = [v for v in values if low <= np.log10(v) <= high]
    return {"tickvals": np.log10(inside), "ticktext": [f"{v:g}" for v in inside]}
