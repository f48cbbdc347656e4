"""The figures of an audit; the tables of the page have the same numbers."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from suffice._core import percent
from suffice.auditing import Audit
from suffice.report._style import legend_above, page_axes, styled

from ._colours import BLUE, GREY, RED

FLOOR = 1e-32
FORETOLD = 4  # times the rows at hand, as far as the learning curve is drawn on
MANY = 2000  # marks from which they are drawn as one picture, not one by one
FEWEST_TICKS = 3
NEAR = 0.04  # distance of marks, in ranges of an input, below which labels touch
BROAD = 9  # names below an axis that fit beside each other in the usual size
JITTER = 0.15  # half the width over which measured values of one input are spread


def width_figure(audit: Audit) -> Figure:
    """Error on unseen samples against the size of the model."""
    w, others = audit.widths, audit.references
    names, error = list(map(_broken, w.names)), np.maximum(w.error, FLOOR)
    # On a logarithmic axis a bar may not reach zero.
    down = np.minimum(w.behind_error, 0.9 * error)
    with styled():
        figure, axes = page_axes()
        axes.plot(
            names, np.maximum(w.train_error, FLOOR), "o:", color=GREY,
            label="samples fitted",
        )  # fmt: skip
        axes.plot(names, error, "o-", color=BLUE, label="unseen samples")
        axes.errorbar(
            names, error, (down, w.behind_error), fmt="none", ecolor=BLUE, capsize=3,
            label="± error of the difference to the best",
        )  # fmt: skip
        if others.names:
            axes.plot(
                [_broken(f"({name})") for name in others.names], others.error, "D",
                color=GREY, fillstyle="none", label="for comparison",
            )  # fmt: skip
        axes.plot(
            names[w.chosen], error[w.chosen], "o", color=RED, fillstyle="none",
            markersize=13, markeredgewidth=2, label="chosen",
        )  # fmt: skip
        tops = error + w.behind_error
        _error_axis(axes, np.concatenate([error, tops, w.train_error, others.error]))
        if len(names) + len(others.names) > BROAD:
            axes.tick_params(axis="x", labelsize="x-small")
        legend_above(figure)
    return figure


def _broken(name: str) -> str:
    """A name on two lines, so that neighbours do not touch."""
    return name.replace(" ", "\n", 1)


def learning_figure(audit: Audit) -> Figure:
    """Error on unseen samples against the number of samples fitted."""
    curve = audit.learning
    middle = curve.median if audit.widths.exact else curve.error
    low, mid, high = (
        np.maximum(values, FLOOR) for values in (curve.low, middle, curve.high)
    )
    with styled():
        figure, axes = page_axes()
        axes.fill_between(
            curve.n, low, high, color=BLUE, alpha=0.18, linewidth=0,
            label=f"10-90 % of {curve.scored.max()} splits",
        )  # fmt: skip
        if curve.name != "linear":
            linear = np.maximum(curve.linear, FLOOR)
            axes.plot(curve.n, linear, ":", color=GREY, label="linear model")
        axes.plot(curve.n, mid, "o-", color=BLUE, label=curve.name)
        last = _continued(axes, audit)
        axes.set_xscale("log")
        _error_axis(axes, np.concatenate([mid, low, high]))
        # The second of the thresholds is one sample above the first.
        for threshold, dash in zip(audit.thresholds[::2], ("-", "--"), strict=False):
            _threshold(axes, threshold, dash)
        _sizes(axes, np.append(curve.n, last))
        legend_above(figure)
    return figure


def _continued(axes: Axes, audit: Audit) -> int:
    """Draw the curve on to some times the rows, with its band; return where it ends."""
    foretold = audit.forecast
    if foretold is None:
        return audit.rows
    part = foretold.n <= FORETOLD * audit.rows
    n = foretold.n[part]
    low, error, high = (
        (line[part] / audit.unit) ** 2
        for line in (foretold.low, foretold.error, foretold.high)
    )
    axes.fill_between(
        n, low, high, color=BLUE, alpha=0.09, linewidth=0, label="80 % interval"
    )
    axes.plot(n, error, "--", color=BLUE, label="foretold")
    return int(n[-1])


def _threshold(axes: Axes, threshold, dash: str) -> None:
    name = f"{threshold.n}: {threshold.name}"
    axes.axvline(threshold.n, color=RED, linestyle=dash, label=name)


def _sizes(axes: Axes, n) -> None:
    axes.set_xlabel("samples fitted")
    steps = [a * 10**b for b in range(6) for a in (1, 2, 3, 5)]
    ticks = [value for value in steps if n[0] <= value <= n[-1]]
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(ticks, map(str, ticks))


def next_figure(audit: Audit) -> Figure:
    """Where the proposed measurements lie in the range of every input."""
    proposed, table = audit.next, audit.data.table
    assert proposed is not None
    low, span = table.x.min(0), np.ptp(table.x, axis=0)
    column = np.arange(len(proposed.inputs))
    spread = np.random.default_rng(0).uniform(-JITTER, JITTER, table.x.shape)
    places = (proposed.x - low) / span
    with styled():
        figure, axes = page_axes()
        axes.scatter(
            column + spread, (table.x - low) / span, s=7, color=GREY, alpha=0.35,
            linewidths=0, label="measured", rasterized=table.x.size > MANY,
        )  # fmt: skip
        at = column + 0.27
        axes.scatter(
            np.broadcast_to(at, places.shape), places, s=26, color=RED, marker="D",
            linewidths=0, label="to measure next, in order",
        )  # fmt: skip
        for x, values in zip(at, places.T, strict=True):
            for y, orders in _together(values):
                axes.text(x + 0.04, y, orders, color=RED, va="center", fontsize=8)
        turned = 25 * (len(column) > 6)
        axes.set_xticks(column, proposed.inputs, rotation=turned, parse_math=False)
        axes.set_yticks([0, 0.5, 1], ["least", "middle", "largest"])
        axes.set_ylabel("within the range measured")
        legend_above(figure)
    return figure


def _together(places: np.ndarray) -> list[tuple[float, str]]:
    """The height of each label, and the numbers of the marks that it stands for.

    Marks that are so near that their labels would touch have one label.
    """
    groups: list[list[int]] = []
    for index in np.argsort(places, kind="stable"):
        if groups and places[index] - places[groups[-1][-1]] < NEAR:
            groups[-1].append(index)
        else:
            groups.append([index])
    return [
        (float(places[part].mean()), ", ".join(str(i + 1) for i in sorted(part)))
        for part in groups
    ]


def _error_axis(axes: Axes, values: Sequence[float] | np.ndarray) -> None:
    """A logarithmic axis of relative error, ticked in percent where it is short."""
    values = np.asarray(values)
    values = values[values > 0]
    low, high = np.log10(max(values.min(), FLOOR)), np.log10(values.max())
    pad = 0.05 * (high - low) + 0.05
    axes.set(yscale="log", ylim=(10 ** (low - pad), 10 ** (high + pad)))
    axes.set_ylabel("share of variance unexplained")
    axes.grid(axis="y", color="#e6e9ed", linewidth=0.7)
    if high - low > 3:
        return
    ticks: list[float] = []
    for steps in ((1, 2, 5), range(1, 10)):
        ticks = [a * 10.0**b for b in range(-6, 5) for a in steps]
        ticks = [t for t in ticks if low - pad <= np.log10(t) <= high + pad]
        if len(ticks) >= FEWEST_TICKS:
            break
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks(ticks, map(percent, ticks))
