"""The figure of the critical tree: losses of critical points, and their parents."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from suffice.landscape import CriticalTree
from suffice.report._style import PageFigure, styled

from ._colours import BLUE, INK, LIGHT, RED

MOST = 14  # more critical points of one width could not be told apart
GAP = 0.052  # between two labels, as a share of the height


def tree_figure(tree: CriticalTree) -> Figure:
    """Critical points by width and loss, with lines from each to those grown from it.

    Filled circles are minima, open squares saddles with their number of negative
    directions. A line is an escape from a split of the point at its left; a wider line
    is a steeper escape. Single neurons were found from random starts. If one width has
    many critical points, those of lowest loss are drawn.

    Args:
        tree: As `suffice.landscape.critical_points` returns it.

    Examples:
        >>> x, key = np.linspace(-2.0, 2.0, 9)[:, None], jax.random.key(0)
        >>> y = np.sin(3 * x[:, 0])
        >>> tree = sf.critical_points(x, y, width=1, starts=4, key=key)
        >>> figure = sf.report.tree_figure(tree)
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['loss']
    """
    graph = tree.graph
    shown = {r: tree.at(r)[:MOST] for r in range(tree.width + 1) if tree.at(r)}
    loss = {v: graph.nodes[v]["loss"] for level in shown.values() for v in level}
    with styled():
        figure = PageFigure(figsize=(1.8 + 2.1 * len(shown), 5.2), layout="constrained")
        axes = figure.subplots()
        _lines(axes, graph, loss)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        low, high = math.log10(min(loss.values())), math.log10(max(loss.values()))
        pad = 0.08 * max(high - low, 0.1)
        axes.set_ylim(10 ** (low - pad), 10 ** (high + pad))
        for r, level in shown.items():
            _column(axes, graph, r, level, (low - pad, high + pad))
            if len(level) < len(tree.at(r)):
                more = f"and {len(tree.at(r)) - len(level)} above"
                axes.text(r, 1.0, more, transform=axes.get_xaxis_transform(),
                          ha="center", va="bottom", color=INK, fontsize=8)  # fmt: skip
        axes.set_xlim(-0.3, max(shown) + 0.6)
        axes.set_xticks(list(shown), [f"width {r}" for r in shown])
        axes.tick_params(axis="x", length=0)
        axes.set_ylabel("loss")
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
        figure.suptitle(_title(tree), fontsize=11)
        figure.legend(handles=_handles(), loc="outside lower center", ncols=4)
    return figure


def _title(tree: CriticalTree) -> str:
    saddles = sum(row["inertia"][1] > 0 for row in tree.graph.nodes.values())
    number = tree.graph.number_of_nodes() - 1
    return f"{number} critical points found, {saddles} of them saddles"


def _lines(axes: Axes, graph, loss: dict) -> None:
    edges = [
        (u, v, curvature)
        for u, v, curvature in graph.edges(data="curvature")
        if u in loss and v in loss
    ]
    steepest = max((abs(c) for *_, c in edges if c is not None), default=1.0) or 1.0
    for u, v, curvature in edges:
        x = [graph.nodes[w]["width"] for w in (u, v)]
        steep = 0.0 if curvature is None else math.sqrt(abs(curvature) / steepest)
        axes.plot(
            x, [loss[u], loss[v]], color=LIGHT, linewidth=0.8 + 2 * steep,
            linestyle=":" if curvature is None else "-", zorder=1,
        )  # fmt: skip


def _column(axes: Axes, graph, r: int, level: list, limits: tuple) -> None:
    """Marks of one width, with labels beside them that keep their distance."""
    low, high = limits
    heights = [(math.log10(graph.nodes[v]["loss"]) - low) / (high - low) for v in level]
    for v, height in zip(level, _apart(heights), strict=True):
        row = graph.nodes[v]
        down = row["inertia"][1]
        saddle = down > 0
        color = RED if saddle else BLUE if r else INK
        axes.plot(
            r, row["loss"], "s" if saddle else "o", color=color, markersize=6,
            markerfacecolor="white" if saddle else color, zorder=3,
        )  # fmt: skip
        grown = r < 2 or graph.in_degree(v) > 0
        words = f"{row['loss']:.4g}" + (f", {down} down" if saddle else "")
        axes.annotate(
            words if r else f"{words}, no neuron",
            (r, row["loss"]),
            (r + 0.12, 10 ** (low + height * (high - low))),
            va="center",
            fontsize=8,
            color="black" if grown else INK,
            style="normal" if grown else "italic",
            arrowprops={"arrowstyle": "-", "color": LIGHT, "lw": 0.6},
            bbox={"fc": "white", "ec": "none", "pad": 0.6},
            zorder=2,
        )


def _apart(heights: list[float]) -> list[float]:
    """Increasing heights, moved up as little as keeps neighbours apart."""
    placed, last = [], -math.inf
    for height in heights:
        last = max(height, last + GAP)
        placed.append(last)
    spill = max(0.0, placed[-1] - 1) if placed else 0.0
    return (np.array(placed) - spill * np.linspace(0, 1, len(placed))).tolist()


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], marker="o", ls="", color=BLUE, label="minimum"),
        Line2D([], [], marker="s", ls="", color=RED, mfc="white", label="saddle"),
        Line2D([], [], color=LIGHT, lw=2, label="an escape leads there"),
        Line2D([], [], ls="", label="italic: from random starts alone"),
    ]
