"""The figures of a law: data and fit with its band, profiles, and the design."""

import html

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from suffice._core import percent
from suffice.laws import Design, LawFit
from suffice.laws._shared import predictions

from ._colours import BLUE, GREY, RED
from ._layout import LAYOUT

POINTS = 121
STRIPS = {"l": 100, "r": 20, "t": 20, "b": 60}  # room for words beside an axis


def fit_figure(fit: LawFit, output: int = 0) -> go.Figure:
    """Measurements and fitted law; for several inputs, measured against fitted."""
    if fit.data.x.shape[1] > 1:
        return _against(fit, output)
    x = fit.data.x[:, 0]
    line = np.linspace(x.min(), x.max(), POINTS)
    middle = predictions(fit.law, line[:, None])[:, output]
    half = fit.predictor.band(line[:, None])[:, output]
    figure = go.Figure(layout=LAYOUT)
    figure.add_scatter(
        x=np.concatenate([line, line[::-1]]),
        y=np.concatenate([middle + half, (middle - half)[::-1]]),
        fill="toself",
        fillcolor="rgba(0, 114, 178, 0.18)",
        line={"width": 0},
        name="95 % band of the law",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=line, y=middle, name="fitted law", mode="lines", line={"color": BLUE}
    )
    figure.add_scatter(
        x=x,
        y=fit.data.y[:, output],
        name="measured",
        mode="markers",
        marker={"color": GREY, "size": 8},
    )
    figure.update_xaxes(title=html.escape(fit.data.inputs[0]))
    figure.update_yaxes(title=html.escape(fit.data.targets[output]))
    return figure


def _against(fit: LawFit, output: int) -> go.Figure:
    fitted = predictions(fit.law, fit.data.x)[:, output]
    measured = fit.data.y[:, output]
    ends = [min(fitted.min(), measured.min()), max(fitted.max(), measured.max())]
    figure = go.Figure(layout=LAYOUT | {"hovermode": "closest"})
    figure.add_scatter(x=ends, y=ends, mode="lines", name="equal", line={"color": BLUE})
    figure.add_scatter(
        x=fitted,
        y=measured,
        mode="markers",
        name="measured",
        marker={"color": GREY, "size": 8},
    )
    figure.update_xaxes(title="fitted")
    figure.update_yaxes(title=f"measured {html.escape(fit.data.targets[output])}")
    return figure


def profile_figure(fit: LawFit) -> go.Figure:
    """The rise of the sum of squares away from the fit, for every parameter.

    Every parameter has its own axis: distance from the fit in standard errors.
    """
    figure = go.Figure(layout=LAYOUT)
    for estimate in fit.estimates:
        if estimate.profile is None or not estimate.error > 0:
            continue
        away = (estimate.profile.value - estimate.value) / estimate.error
        rise = np.maximum(estimate.profile.squares - fit.squares, 0.0) ** 0.5
        signed = np.sign(away) * rise / (fit.noise or 1.0)
        shown = np.abs(signed) <= 4
        figure.add_scatter(
            x=away[shown],
            y=signed[shown],
            mode="lines+markers",
            name=html.escape(estimate.name),
            customdata=estimate.profile.value[shown],
            hovertemplate="%{customdata:.4g}",
        )
    figure.add_scatter(
        x=[-3, 3],
        y=[-3, 3],
        mode="lines",
        name="linear law",
        line={"color": GREY, "dash": "dot"},
        hoverinfo="skip",
    )
    figure.update_xaxes(title="distance from the fit, in standard errors")
    figure.update_yaxes(title="signed root of the rise of squares, in noise")
    return figure


def design_figure(design: Design, fit: LawFit | None) -> go.Figure:
    """The places of the design beside what was measured.

    Two inputs span a plane; otherwise every input has an axis of its own.
    """
    measured = design.x[:0] if fit is None else fit.data.x
    names = [html.escape(name) for name in design.inputs]
    if len(names) == 2:
        figure = go.Figure(layout=LAYOUT | {"hovermode": "closest"})
        figure.add_traces(_places(design, measured, 0, measured[:, 1], design.x[:, 1]))
        figure.update_xaxes(title=names[0], zeroline=False)
        figure.update_yaxes(title=names[1], zeroline=False)
        return figure
    figure = make_subplots(rows=len(names), cols=1, vertical_spacing=0.5 / len(names))
    for column, name in enumerate(names):
        low, high = np.zeros(len(measured)), np.ones(len(design.x))
        traces = _places(design, measured, column, low, high)
        figure.add_traces(traces, rows=column + 1, cols=1)
        figure.update_xaxes(title=name, zeroline=False, row=column + 1, col=1)
    figure.update_yaxes(
        tickvals=[0, 1],
        ticktext=["measured", "to measure"] if len(measured) else ["", "to measure"],
        range=[-0.6, 1.6],
        zeroline=False,
    )
    figure.update_layout(
        **LAYOUT | {"height": 130 + 120 * len(names), "margin": STRIPS},
        showlegend=False,
    )
    return figure


def _places(design: Design, measured, column: int, y_measured, y_design) -> list:
    """The measured places and those of the design, along one input."""
    value = "%{x:.4g}<extra></extra>"
    often = [percent(share) for share in design.share]
    before = go.Scatter(
        x=measured[:, column],
        y=y_measured,
        mode="markers",
        name="measured",
        marker={"color": GREY, "size": 7},
        hovertemplate=value,
    )
    after = go.Scatter(
        x=design.x[:, column],
        y=y_design,
        mode="markers",
        name="to measure; larger is more often",
        marker={
            "color": RED,
            "symbol": "diamond",
            "size": 8 + 16 * design.share,
        },
        customdata=often,
        hovertemplate=f"%{{customdata}} at {value}",
    )
    return [before, after] if len(measured) else [after]
