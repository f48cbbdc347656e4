"""The figures of a classified point: its neurons, its spectrum, the way out."""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suffice.landscape import Classification
from suffice.models import TwoLayer
from suffice.report._style import legend_above, page_axes, styled

from ._colours import BLUE, CYCLE, GREEN, GREY, LIGHT, RED

FLOOR = 1e-18  # relative size of an eigenvalue that is drawn no smaller
_FAR = 2.0  # steps up to so many times the best one are drawn


def neurons_figure(classified: Classification, layer: int) -> Figure:
    """Incoming weights of a hidden layer, coloured by the narrow neuron behind each."""
    v, size = _neurons(classified.point, layer)
    before, _ = _neurons(classified.given, layer)
    place, names = _plane(v)
    start, end = before @ place, v @ place
    if v.shape[1] == 1:
        names = ("weight", "norm of the output weights")
        start, end = (np.column_stack([part[:, 0], size]) for part in (start, end))
    heavy = 25 + 200 * size / max(float(size.max(initial=0.0)), 1e-300)
    with styled():
        figure, axes = page_axes()
        if classified.moved:
            _moves(axes, start, end)
        for name, members, color in _sorts(classified, layer):
            axes.scatter(
                *end[members].T, s=heavy[members], color=color, alpha=0.75,
                linewidths=0, label=name,
            )  # fmt: skip
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        for line in (axes.axhline, axes.axvline):
            line(0, color=LIGHT, linewidth=0.7, zorder=0)
        legend_above(figure)
    return figure


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
    return directions, ("along their main direction", "along the second direction")


def _moves(axes: Axes, start: np.ndarray, end: np.ndarray) -> None:
    """Lines from the network given to the critical point."""
    gap = np.full(len(start), np.nan)
    x, y = (np.column_stack([start[:, i], end[:, i], gap]).ravel() for i in (0, 1))
    axes.plot(
        x, y, "o-", color=LIGHT, linewidth=0.8, markersize=2, markerfacecolor=GREY,
        label="from the network given",
    )  # fmt: skip


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


def spectrum_figure(classified: Classification) -> Figure | None:
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
    with styled():
        figure, axes = page_axes()
        for name, which, color in parts:
            axes.plot(
                order[which], np.maximum(np.abs(values[which]), least), "o",
                color=color, label=f"{int(which.sum())} {name}",
            )  # fmt: skip
        axes.set_yscale("log")
        low, high = (counted.tolerance * 10.0**s for s in (-2, 2))
        axes.axhspan(low, high, color="#fff4e5", linewidth=0, zorder=0)
        axes.axhline(counted.tolerance, color=GREY, linestyle="--")
        axes.text(
            1, counted.tolerance, "tolerance ", ha="right", va="bottom",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
        axes.set_xlabel("number of the eigenvalue, from below")
        axes.set_ylabel("absolute value")
        legend_above(figure)
    return figure


def escape_figure(classified: Classification) -> Figure | None:
    """The loss along the way out, as predicted and as measured."""
    way = classified.escape
    if way is None:
        return None
    near = np.abs(way.steps) <= _FAR * abs(way.step)
    steps = np.append(way.steps[near], 0.0)
    order = np.argsort(steps)
    losses = np.append(way.losses[near], way.loss)[order]
    drawn = [losses]
    with styled():
        figure, axes = page_axes()
        given = classified.given_losses
        if classified.moved and given is not None:
            label = "from the point given"
            axes.plot(way.steps[near], given[near], "o-", color=RED, label=label)
            drawn.append(given[near])
        label = "from the critical point"
        axes.plot(steps[order], losses, "o-", color=BLUE, label=label)
        _predicted(axes, way, steps[order])
        low, top = min(y.min() for y in drawn), max(y[len(y) // 2] for y in drawn)
        pad = 0.2 * (max(top, way.loss) - low)
        axes.set_ylim(low - pad, max(top, way.loss) + pad)
        axes.set_xlabel("step along the unit direction")
        axes.set_ylabel("loss")
        legend_above(figure)
    return figure


def _predicted(axes: Axes, way, steps: np.ndarray) -> None:
    """The line or parabola predicted, or the one point that is known exactly."""
    if way.kind == "silent":
        gain = way.loss - way.predicted
        axes.plot(way.step, gain, "*", color=GREEN, markersize=11, label="predicted")
        return
    fine = np.linspace(steps.min(), steps.max(), 101)
    parabola = way.loss + (way.slope + 0.5 * way.curvature * fine) * fine
    label = "predicted, to second order"
    axes.plot(fine, parabola, "--", color=GREEN, label=label)
