"""The figures of an audit; the tables of the page have the same numbers."""

import html

import numpy as np
import plotly.graph_objects as go

from suffice._core import percent
from suffice.auditing import Audit

from ._colours import BLUE, GREY, RED
from ._layout import LAYOUT

FLOOR = 1e-32


def width_figure(audit: Audit) -> go.Figure:
    """Error on unseen samples against the size of the model."""
    w = audit.widths
    names, error = list(w.names), np.maximum(w.error, FLOOR)
    # On a logarithmic axis a bar may not reach zero.
    down = np.minimum(w.behind_error, 0.9 * error)
    bars = {"array": w.behind_error, "arrayminus": down, "thickness": 1.5}
    seen = go.Scatter(
        x=names,
        y=np.maximum(w.train_error, FLOOR),
        name="samples fitted",
        mode="lines+markers",
        line={"color": GREY, "dash": "dot"},
        hovertemplate="%{y:.3g}",
    )
    unseen = go.Scatter(
        x=names,
        y=error,
        error_y={"type": "data", **bars},
        name="unseen samples ± error of the difference to the best",
        mode="lines+markers",
        line={"color": BLUE},
        marker={"size": 8},
        hovertemplate="%{y:.3g}",
    )
    chosen = go.Scatter(
        x=[names[w.chosen]],
        y=[error[w.chosen]],
        name="chosen",
        mode="markers",
        marker={"size": 18, "symbol": "circle-open", "color": RED, "line_width": 3},
        hoverinfo="skip",
    )
    figure = go.Figure([seen, *_others(audit), unseen, chosen], LAYOUT)
    _error_axis(figure, np.concatenate([error, w.train_error, audit.references.error]))
    return figure


def _others(audit: Audit) -> list[go.Scatter]:
    """Other descriptions, one point each, to the right of the networks."""
    others = audit.references
    if not others.names:
        return []
    return [
        go.Scatter(
            x=[f"({name})" for name in others.names],
            y=others.error,
            name="for comparison",
            mode="markers",
            marker={"size": 9, "symbol": "diamond-open", "color": GREY},
            hovertemplate="%{y:.3g}",
        )
    ]


def learning_figure(audit: Audit) -> go.Figure:
    """Error on unseen samples against the number of samples fitted."""
    curve = audit.learning
    middle = curve.median if audit.widths.exact else curve.error
    low, mid, high = (
        np.maximum(values, FLOOR) for values in (curve.low, middle, curve.high)
    )
    band = go.Scatter(
        x=np.concatenate([curve.n, curve.n[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor="rgba(0, 114, 178, 0.18)",
        line={"width": 0},
        name=f"10-90 % of {curve.scored.max()} splits",
        hoverinfo="skip",
    )
    figure = go.Figure([band, *_lines(curve, mid)], LAYOUT)
    for threshold, dash in zip(audit.thresholds, ("solid", None, "dash"), strict=False):
        if dash:
            _line(figure, threshold, dash)
    figure.update_xaxes(title="samples fitted", type="log", **_ticks(curve.n))
    _error_axis(figure, np.concatenate([mid, low, high]))
    return figure


def _lines(curve, mid) -> list[go.Scatter]:
    chosen = go.Scatter(
        x=curve.n,
        y=mid,
        name=curve.name,
        mode="lines+markers",
        line={"color": BLUE},
        hovertemplate="%{y:.3g}",
    )
    if curve.name == "linear":
        return [chosen]
    linear = go.Scatter(
        x=curve.n,
        y=np.maximum(curve.linear, FLOOR),
        name="linear model",
        mode="lines",
        line={"color": GREY, "dash": "dot"},
        hovertemplate="%{y:.3g}",
    )
    return [linear, chosen]


def _line(figure, threshold, dash) -> None:
    # A shape on a logarithmic axis takes plain values, its label their logarithm.
    figure.add_shape(
        type="line",
        x0=threshold.n,
        x1=threshold.n,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": RED, "dash": dash, "width": 2},
    )
    figure.add_annotation(
        x=np.log10(threshold.n),
        y=0.62 if dash == "solid" else 0.52,
        yref="paper",
        text=f"{threshold.n}: {threshold.name}",
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        xshift=4,
        font={"color": RED, "size": 13},
        bgcolor="rgba(255, 255, 255, 0.8)",
    )


def _ticks(n) -> dict:
    steps = [a * 10**b for b in range(4) for a in (1, 2, 3, 5)]
    values = [value for value in steps if n[0] <= value <= n[-1]]
    return {"tickvals": values, "ticktext": list(map(str, values))}


def next_figure(audit: Audit) -> go.Figure:
    """Where the proposed measurements lie in the range of every input."""
    proposed, table = audit.next, audit.data.table
    assert proposed is not None
    low, high = table.x.min(0), table.x.max(0)
    span = high - low
    names = [html.escape(name) for name in proposed.inputs]
    measured = (table.x - low) / span
    figure = go.Figure(layout=LAYOUT | {"hovermode": "closest"})
    rng = np.random.default_rng(0)
    column = np.arange(len(names))
    figure.add_scatter(
        x=(column + rng.uniform(-0.15, 0.15, measured.shape)).ravel(),
        y=measured.ravel(),
        mode="markers",
        marker={"size": 4, "color": GREY, "opacity": 0.35},
        name="measured",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=np.tile(column + 0.27, len(proposed.x)),
        y=((proposed.x - low) / span).ravel(),
        mode="markers+text",
        text=np.repeat(np.arange(1, len(proposed.x) + 1), len(names)),
        textposition="middle right",
        textfont={"color": RED, "size": 11},
        marker={"size": 7, "symbol": "diamond", "color": RED},
        name="to measure next, in order",
        customdata=proposed.x.ravel(),
        hovertemplate="%{text}: %{customdata:.4g}<extra></extra>",
    )
    figure.update_xaxes(tickvals=column, ticktext=names, zeroline=False)
    figure.update_yaxes(
        title="within the range measured", tickvals=[0, 0.5, 1],
        ticktext=["least", "middle", "largest"], zeroline=False,
    )  # fmt: skip
    return figure


def _error_axis(figure, values) -> None:
    """A logarithmic axis of relative error, ticked in percent where it is short."""
    values = np.asarray(values)
    values = values[values > 0]
    low, high = np.log10(max(values.min(), FLOOR)), np.log10(values.max())
    wide = high - low > 3
    step = max(1, round((high - low) / 8)) if wide else 1
    if wide:
        ticks = 10.0 ** np.arange(np.floor(low), np.ceil(high) + 1, step)
        text = [f"10<sup>{round(np.log10(tick))}</sup>" for tick in ticks]
    else:
        ticks = np.array([a * 10.0**b for b in range(-4, 5) for a in (1, 2, 5)])
        text = [percent(tick) for tick in ticks]
    pad = 0.05 * (high - low) + 0.05
    figure.update_yaxes(
        title="share of variance unexplained",
        type="log",
        tickvals=ticks,
        ticktext=text,
        range=[low - pad, high + pad],
    )
