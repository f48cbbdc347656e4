"""Branches drawn: where they meet, and how they grow with the width."""

import math

import matplotlib as mpl
import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from suffice.landscape import Branches, hierarchy, intersection_graph, type_graph

BLUE, ORANGE, GREY, LIGHT = "#0072b2", "#d55e00", "#5b6470", "#c3c9d1"
NATURES = {True: ("Morse-Bott", BLUE), False: ("degenerate", ORANGE)}
SINGLE, TYPES, LEVEL, FEW = 100, 40, 24, 5  # what a person can still read


def branches_figure(found: Branches) -> Figure:
    """Three panels: single branches that meet, types that meet, growth over widths.

    Panels that have no picture (intersections of curved branches, at non-zero loss, or
    too many nodes to read) say so instead.

    Args:
        found: As `suffice.landscape.branches` returns it.
    """
    with mpl.rc_context({"svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(15, 5.6), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1.1, 1.3))
        figure.suptitle(found.headline(), fontsize=11)
        _panel(left, "Branches that meet", lambda: _single(left, found))
        _panel(middle, "Types that meet", lambda: _types(middle, found))
        _panel(right, "Growth with the width", lambda: _growth(right, found))
        if found.loss == "zero":
            handles = [
                Line2D([], [], marker="o", ls="", color=color, label=name)
                for name, color in NATURES.values()
            ]
            figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _panel(axes: Axes, title: str, draw) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_axis_off()
    try:
        draw()
    except ValueError as reason:
        words = str(reason).split(";")[0].rstrip(".") + "."
        axes.text(
            0.5, 0.5, words, ha="center", va="center", color=GREY, wrap=True,
            transform=axes.transAxes,
        )  # fmt: skip


def _single(axes: Axes, found: Branches) -> None:
    if found.count > SINGLE:
        raise ValueError(f"{found.count} branches are too many to draw one by one.")
    graph = intersection_graph(found)
    nature = {kind.label: kind for kind in found.types or ()}
    place = _rings(graph)
    widths = [0.4 + 0.5 * d for *_, d in graph.edges(data="dimension")]
    nx.draw_networkx_edges(graph, place, ax=axes, width=widths, edge_color=LIGHT)
    labels = nx.get_node_attributes(graph, "label")
    dimensions = nx.get_node_attributes(graph, "dimension")
    colors = [_color(nature[labels[node]]) for node in graph]
    sizes = [60 + 45 * dimensions[node] for node in graph]
    nx.draw_networkx_nodes(
        graph, place, ax=axes, node_color=colors, node_size=sizes, edgecolors="white"
    )
    _remark(axes, "rings by dimension, outer largest; wide lines: large meetings")
    axes.set_aspect("equal", adjustable="datalim")


def _rings(graph: nx.Graph) -> dict:
    """One ring for each dimension, branches of a type side by side."""
    dimensions = nx.get_node_attributes(graph, "dimension")
    place = {}
    for ring, level in enumerate(sorted(set(dimensions.values())), 1):
        here = [node for node in graph if dimensions[node] == level]
        here.sort(key=lambda node: (graph.nodes[node]["label"], node))
        radius = 0.0 if len(here) == 1 and ring == 1 else ring
        for step, node in enumerate(here):
            angle = 2 * math.pi * (step / len(here) + 0.07 * ring)
            place[node] = radius * np.array([math.cos(angle), math.sin(angle)])
    return place


def _types(axes: Axes, found: Branches) -> None:
    if found.types is not None and len(found.types) > TYPES:
        raise ValueError(f"{len(found.types)} types are too many to draw.")
    graph = type_graph(found)
    nature = {kind.label: kind for kind in found.types or ()}
    dimensions = nx.get_node_attributes(graph, "dimension")
    levels = sorted(set(dimensions.values()))
    place = {}
    for height, level in enumerate(levels):
        here = [node for node in graph if dimensions[node] == level]
        for step, node in enumerate(here):
            # every other row is shifted, so that lines do not run through boxes
            place[node] = (
                (step + 0.5 + 0.13 * (height % 2)) / len(here),
                float(height),
            )
    pairs = [
        (a, b)
        for a, b, tally in graph.edges(data="meetings")
        if a != b and (len(graph) <= FEW or _touches(graph, a, b, max(tally)))
    ]
    nx.draw_networkx_edges(
        graph, place, edgelist=pairs, ax=axes, edge_color=LIGHT, arrows=True,
        connectionstyle="arc3,rad=0.12", arrowstyle="-",
    )  # fmt: skip
    for node, (x, y) in place.items():
        text = f"{node}\n{nature[node].count} x dim {nature[node].dimension}"
        _box(axes, x, y, text, _color(nature[node]), len(graph))
    if len(graph) <= FEW:
        _meetings(axes, graph, place)
    else:
        _remark(axes, "lines: meetings of codimension one in the smaller branch")
    axes.set_xlim(-0.15, 1.2)
    axes.set_ylim(-0.5, len(levels) - 0.5)


def _touches(graph: nx.Graph, a: str, b: str, meeting: int) -> bool:
    smaller = min(graph.nodes[a]["dimension"], graph.nodes[b]["dimension"])
    return meeting == smaller - 1


def _remark(axes: Axes, text: str) -> None:
    axes.text(
        0.5, -0.03, text, ha="center", va="top", color=GREY, fontsize=8,
        transform=axes.transAxes,
    )  # fmt: skip


def _meetings(axes: Axes, graph: nx.Graph, place: dict) -> None:
    for a, b, tally in graph.edges(data="meetings"):
        if a == b:
            continue
        share = 0.38  # off the middle, where lines cross
        x, y = (1 - share) * np.array(place[a]) + share * np.array(place[b])
        text = ", ".join(f"{number} in dim {d}" for d, number in tally.items())
        axes.text(
            x, y, text, fontsize=7, color=GREY, ha="center", va="center",
            bbox={"fc": "white", "ec": "none", "pad": 0.4},
        )  # fmt: skip


def _growth(axes: Axes, found: Branches) -> None:
    widths, levels = [], []
    for width in range(found.intrinsic, found.width + 1):
        graph = hierarchy(found, widths=range(found.intrinsic, width + 1))
        level = [node for node in graph if node[0] == width]
        if len(level) > LEVEL and widths:
            break
        widths.append(width)
        levels.append(level)
    graph = hierarchy(found, widths=widths)
    place = {
        node: (float(width - widths[0]), 1 - (step + 0.5) / len(level))
        for width, level in zip(widths, levels, strict=True)
        for step, node in enumerate(level)
    }
    for a, b in graph.edges:
        (x, y), (u, v) = place[a], place[b]
        axes.plot([x + 0.2, u - 0.2], [y, v], color=LIGHT, lw=0.8, zorder=1)
    most = max(map(len, levels))
    for node, (x, y) in place.items():
        kind = graph.nodes[node]
        color = GREY if kind["morse_bott"] is None else NATURES[kind["morse_bott"]][1]
        _box(axes, x, y, f"{kind['count']} x ({node[1]})", color, most)
    for width in widths:
        axes.text(width - widths[0], 1.03, f"width {width}", ha="center", color=GREY)
    _remark(axes, "number x (neurons of each target; null blocks; silent neurons)")
    if widths[-1] < found.width:
        axes.text(
            len(widths) - 0.5, 0.5, f"too many types\nat width {widths[-1] + 1}",
            ha="center", va="center", color=GREY, fontsize=8,
        )  # fmt: skip
    axes.set_xlim(-0.5, len(widths) - (0.5 if widths[-1] == found.width else 0.0))
    axes.set_ylim(-0.02, 1.08)


def _color(kind) -> str:
    nature = getattr(kind, "morse_bott", None)
    return GREY if nature is None else NATURES[nature][1]


def _box(axes: Axes, x: float, y: float, text: str, color: str, crowd: int) -> None:
    axes.text(
        x, y, text, ha="center", va="center", color=color, zorder=3,
        fontsize=8.5 if crowd <= 10 else 7,
        bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": color, "lw": 1.0},
    )  # fmt: skip
