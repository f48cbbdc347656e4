"""Phase diagrams for the page: every cell shows its counts under the pointer."""

import html

import numpy as np
import plotly.graph_objects as go

from suffice._core import short
from suffice.training import Outcome

from ._colours import AMBER, BLUE, CYCLE, EMPTY, GREY, LIGHT, PINK, RED
from ._layout import LAYOUT
from ._sweep_view import label, staircases, stepped, SweepView

FLOOR = 1e-12
BELOW = {
    "legend": {"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0},
    "margin": {"l": 80, "r": 20, "t": 24, "b": 60},
}
COLOURS = {
    Outcome.recovered: BLUE,
    Outcome.fitted: AMBER,
    Outcome.stationary: RED,
    Outcome.out_of_steps: LIGHT,
    Outcome.stalled: GREY,
    Outcome.kinked: PINK,
    Outcome.diverged: "#000000",
}


def fraction_map(view: SweepView) -> go.Figure:
    """Fraction recovered: a heat map, or a curve with its interval."""
    if view.y is None:
        return _fraction_curve(view)
    return _heat(
        view, view.values("fraction"), "fraction<br>recovered", "Cividis", 0, 1
    )


def error_map(view: SweepView) -> go.Figure:
    """Mean test error on a logarithmic scale."""
    if view.y is None:
        return _error_curve(view)
    mean = np.maximum(view.values("mean_error"), FLOOR)
    logs = np.log10(mean)
    finite = logs[np.isfinite(logs)]
    low, high = (finite.min(), finite.max()) if finite.size else (-12.0, 0.0)
    high = max(high, low + 1)
    figure = _heat(view, logs, "mean<br>error", "Viridis_r", low, high)
    step = max(1, round((high - low) / 6))
    ticks = np.arange(np.ceil(low), np.floor(high) + 1, step)
    figure.update_traces(
        colorbar={
            "tickvals": ticks,
            "ticktext": [f"10<sup>{t:.0f}</sup>" for t in ticks],
        },
        selector={"type": "heatmap"},
    )
    return figure


def outcome_bars(view: SweepView) -> go.Figure:
    """How the runs ended, over the horizontal axis."""
    counts = view.values("outcomes").sum(0)  # (columns, outcome)
    names = view.summary["outcome"].values.tolist()
    figure = go.Figure(layout=LAYOUT | BELOW | {"barmode": "stack", "height": 380})
    for outcome, colour in COLOURS.items():
        numbers = counts[:, names.index(outcome.name)]
        if numbers.any():
            figure.add_bar(
                x=_names(view.columns),
                y=numbers,
                name=outcome.tested,
                marker_color=colour,
                hovertemplate="%{y} runs",
            )
    figure.update_layout(hovermode="x unified", bargap=0.25)
    figure.update_xaxes(title=html.escape(view.x), type="category")
    figure.update_yaxes(title="runs")
    return figure


def _heat(view: SweepView, values, title, scale, low, high) -> go.Figure:
    columns, rows = _names(view.columns), _names(view.rows)
    heat = go.Heatmap(
        x=np.arange(len(columns)),
        y=np.arange(len(rows)),
        z=values,
        zmin=low,
        zmax=high,
        colorscale=scale,
        xgap=1,
        ygap=1,
        text=_hover(view),
        hovertemplate="%{text}<extra></extra>",
        colorbar={"title": {"text": title}, "thickness": 14, "outlinewidth": 0},
        hoverongaps=False,
    )
    height = int(np.clip(230 + 26 * len(rows), 360, 760))
    look = LAYOUT | BELOW | {"height": height, "plot_bgcolor": EMPTY}
    figure = go.Figure(heat, look)
    _staircases(figure, view)
    for axis, texts, name in (("x", columns, view.x), ("y", rows, str(view.y))):
        places = _thinned(len(texts))
        figure.update_layout(
            {
                f"{axis}axis": {
                    "title": {"text": html.escape(name)},
                    "tickvals": places,
                    "ticktext": [texts[place] for place in places],
                    "showgrid": False,
                    "zeroline": False,
                    "range": [-0.5, len(texts) - 0.5],
                }
            }
        )
    return figure


def _staircases(figure: go.Figure, view: SweepView) -> None:
    for number, (edge, text) in enumerate(staircases(view)):
        x, y = stepped(edge)
        path = {"x": x, "y": y, "mode": "lines", "hoverinfo": "skip"}
        colour = CYCLE[1 + number % (len(CYCLE) - 1)]
        halo = {"color": "white", "width": 6}
        figure.add_scatter(**path, line=halo, showlegend=False)
        figure.add_scatter(
            **path, line={"color": colour, "width": 2.5}, name=html.escape(text)
        )


def _hover(view: SweepView) -> list[list[str]]:
    shape = view.values("fraction").shape
    return [
        [_told(view, row, column) for column in range(shape[1])]
        for row in range(shape[0])
    ]


def _told(view: SweepView, row: int, column: int) -> str:
    """The counts, interval, errors and outcomes of a cell, as HTML."""

    def cell(name):
        return view.values(name)[row, column]

    place = f"{view.x} = {label(view.columns[column])}"
    if view.y is not None:
        place += f", {view.y} = {label(view.rows[row])}"
    runs = int(cell("runs"))
    if not runs:
        return f"<b>{html.escape(place)}</b><br>not run yet"
    interval = f"{cell('low'):.3f} to {cell('high'):.3f}"
    lines = [
        f"<b>{html.escape(place)}</b>",
        f"recovered {int(cell('recovered'))} of {runs} ({cell('fraction'):.3f})",
        f"{100 * float(view.summary.attrs['confidence']):.0f} % interval {interval}",
        f"error: mean {short(cell('mean_error'))}, "
        f"median {short(cell('median_error'))}",
    ]
    names = view.summary["outcome"].values.tolist()
    for outcome in COLOURS:
        count = int(cell("outcomes")[names.index(outcome.name)])
        if count and outcome is not Outcome.recovered:
            lines.append(f"{count} {outcome.tested}")
    return "<br>".join(lines)


def _fraction_curve(view: SweepView) -> go.Figure:
    x = _names(view.columns)
    low, mid, high = (view.values(n)[0] for n in ("low", "fraction", "high"))
    points = go.Scatter(
        x=x,
        y=mid,
        error_y={"type": "data", "array": high - mid, "arrayminus": mid - low},
        mode="lines+markers",
        line={"color": CYCLE[0]},
        text=_hover(view)[0],
        hovertemplate="%{text}<extra></extra>",
        name="recovered, with interval",
    )
    figure = go.Figure(points, LAYOUT | BELOW | {"height": 400, "showlegend": False})
    _columns(figure, view)
    figure.update_yaxes(title="fraction recovered", range=[-0.04, 1.04])
    return figure


def _error_curve(view: SweepView) -> go.Figure:
    figure = go.Figure(layout=LAYOUT | BELOW | {"height": 400})
    for name, colour in (("mean", CYCLE[1]), ("median", CYCLE[0])):
        figure.add_scatter(
            x=_names(view.columns),
            y=np.maximum(view.values(f"{name}_error")[0], FLOOR),
            name=f"{name} error",
            mode="lines+markers",
            line={"color": colour},
            hovertemplate="%{y:.3g}",
        )
    _columns(figure, view)
    figure.update_yaxes(title="relative test error", type="log", exponentformat="power")
    return figure


def _columns(figure: go.Figure, view: SweepView) -> None:
    figure.update_xaxes(title=html.escape(view.x), type="category")
    for edge, text in staircases(view):
        if np.isfinite(edge[0]):
            figure.add_vline(
                x=edge[0],
                line={"color": CYCLE[1], "dash": "dash", "width": 1.5},
                annotation={
                    "text": html.escape(text),
                    "textangle": -90,
                    "bgcolor": "rgba(255, 255, 255, 0.8)",
                },
                annotation_position="bottom left",
            )


def _names(values) -> list[str]:
    return [html.escape(label(value)) for value in values]


def _thinned(count: int) -> list[int]:
    return list(range(0, count, -(-count // 24)))
