"""The figures of a classified point: its neurons, its spectrum, the way out."""

import itertools

import numpy as np
import plotly.graph_objects as go

from suffice.landscape import Classification
from suffice.models import TwoLayer

from ._colours import BLUE, CYCLE, GREEN, GREY, LIGHT, RED
from ._layout import LAYOUT

FLOOR = 1e-18  # relative size of an eigenvalue that is drawn no smaller
_FAR = 2.0  # steps up to so many times the best one are drawn


def neurons_figure(classified: Classification, layer: int) -> go.Figure:
    """Incoming weights of a hidden layer, coloured by the narrow neuron behind each."""
    v, size = _neurons(classified.point, layer)
    before, _ = _neurons(classified.given, layer)
    place, names = _plane(v)
    start, end = before @ place, v @ place
    if v.shape[1] == 1:
        names = ("weight", "norm of the output weights")
        start, end = (np.column_stack([part[:, 0], size]) for part in (start, end))
    figure = go.Figure(layout=LAYOUT)
    if classified.moved:
        figure.add_trace(_moves(start, end))
    heavy = 8 + 14 * np.sqrt(size / max(float(size.max(initial=0.0)), 1e-300))
    for name, members, color in _sorts(classified, layer):
        figure.add_trace(
            go.Scatter(
                x=end[members, 0],
                y=end[members, 1],
                mode="markers",
                name=name,
                text=[f"neuron {k}, output weight {size[k]:.3g}" for k in members],
                hovertemplate="%{text}",
                marker={"color": color, "size": heavy[members], "opacity": 0.75},
            )
        )
    figure.update_xaxes(title=names[0], zeroline=True)
    figure.update_yaxes(title=names[1], zeroline=True)
    return figure.update_layout(hovermode="closest")


def _neurons(model, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """Incoming weights with the bias, and norms of the outgoing weights."""
    if isinstance(model, TwoLayer):
        w, b, out = model.w, model.b, model.a
    else:
        w, out = model.weights[layer : layer + 2]
        b = None if model.biases is None else model.biases[layer]
    w, out = np.asarray(w), np.asarray(out)
    rows = w if b is None else np.column_stack([w, np.asarray(b)])
    return rows, np.linalg.norm(out.reshape(-1, out.shape[-1]), axis=0)


def _plane(v: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    """Two directions of the picture: the axes, or those of largest extent."""
    if v.shape[1] <= 2:
        return np.eye(v.shape[1]), ("first weight", "second weight")
    directions = np.linalg.svd(v)[2][:2].T
    return directions, ("along their main direction", "along the second")


def _moves(start: np.ndarray, end: np.ndarray) -> go.Scatter:
    """Lines from the network given to the critical point."""
    gap = np.full(len(start), None)
    x, y = (
        np.column_stack([start[:, i], end[:, i], gap]).ravel().tolist() for i in (0, 1)
    )
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name="from the network given",
        line={"color": LIGHT, "width": 1},
        marker={"size": 4, "color": GREY},
        hoverinfo="skip",
    )


def _sorts(classified: Classification, layer: int):
    """Name, neurons and colour of every group and of every other role."""
    for t, members in enumerate(classified.groups[layer]):
        yield f"narrow neuron {t}", list(members), CYCLE[t % (len(CYCLE) - 1)]
    roles = classified.roles[layer]
    copies = set(itertools.chain.from_iterable(classified.groups[layer]))
    for role in dict.fromkeys(roles):
        rest = [k for k, r in enumerate(roles) if r == role and k not in copies]
        if rest:
            yield role, rest, GREY if role in ("null", "dead") else RED


def spectrum_figure(classified: Classification) -> go.Figure | None:
    """Absolute eigenvalues in order, with the tolerance; None if none were computed."""
    counted = classified.inertia
    if counted is None or not len(counted.spectrum):
        return None
    values = counted.spectrum
    order = np.arange(1, len(values) + 1)
    least = FLOOR * float(np.abs(values).max())
    parts = (
        ("negative", values < -counted.tolerance, RED),
        ("zero, up to the tolerance", np.abs(values) <= counted.tolerance, GREY),
        ("positive", values > counted.tolerance, BLUE),
    )
    figure = go.Figure(layout=LAYOUT)
    for name, which, color in parts:
        figure.add_trace(
            go.Scatter(
                x=order[which],
                y=np.maximum(np.abs(values[which]), least),
                mode="markers",
                name=f"{int(which.sum())} {name}",
                customdata=values[which],
                hovertemplate="%{customdata:.4g}",
                marker={"color": color, "size": 6},
            )
        )
    low, high = (counted.tolerance * 10.0**s for s in (-2, 2))
    figure.add_hrect(y0=low, y1=high, fillcolor="#fff4e5", line_width=0, layer="below")
    figure.add_hline(counted.tolerance, line={"color": GREY, "dash": "dash"})
    figure.add_annotation(
        text="tolerance", x=1, xref="paper", xanchor="right", showarrow=False,
        y=np.log10(counted.tolerance), yanchor="bottom",
    )  # fmt: skip
    figure.update_xaxes(title="number of the eigenvalue, from below")
    figure.update_yaxes(
        title="absolute value", type="log", exponentformat="power", dtick=3
    )
    return figure.update_layout(hovermode="closest")


def escape_figure(classified: Classification) -> go.Figure | None:
    """The loss along the way out, as predicted and as measured."""
    way = classified.escape
    if way is None:
        return None
    near = np.abs(way.steps) <= _FAR * abs(way.step)
    steps = np.append(way.steps[near], 0.0)
    order = np.argsort(steps)
    losses = np.append(way.losses[near], way.loss)[order]
    figure = go.Figure(layout=LAYOUT)
    if classified.moved and classified.given_losses is not None:
        figure.add_trace(
            _line(
                way.steps[near],
                classified.given_losses[near],
                "from the point given",
                RED,
            )
        )
    figure.add_trace(_line(steps[order], losses, "from the critical point", BLUE))
    figure.add_trace(_predicted(way, steps[order]))
    drawn = [np.asarray(line.y) for line in figure.data[:-1]]
    low, top = min(y.min() for y in drawn), max(y[len(y) // 2] for y in drawn)
    figure.update_xaxes(title="step along the unit direction")
    pad = 0.2 * (max(top, way.loss) - low)
    figure.update_yaxes(title="loss", range=[low - pad, max(top, way.loss) + pad])
    return figure


def _line(x, y, name: str, color: str) -> go.Scatter:
    return go.Scatter(
        x=x, y=y, name=name, mode="lines+markers", line={"color": color},
        hovertemplate="%{y:.5g}",
    )  # fmt: skip


def _predicted(way, steps: np.ndarray) -> go.Scatter:
    """The line or parabola predicted, or the one point that is known exactly."""
    if way.kind == "silent":
        return go.Scatter(
            x=[way.step], y=[way.loss - way.predicted], mode="markers",
            name="predicted", marker={"color": GREEN, "symbol": "star", "size": 14},
            hovertemplate="%{y:.5g}",
        )  # fmt: skip
    fine = np.linspace(steps.min(), steps.max(), 101)
    return go.Scatter(
        x=fine, y=way.loss + (way.slope + 0.5 * way.curvature * fine) * fine,
        mode="lines",
        name="predicted, to second order", line={"color": GREEN, "dash": "dash"},
        hovertemplate="%{y:.5g}",
    )  # fmt: skip
