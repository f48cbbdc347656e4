"""Figures of branches: where they meet, and how they grow with the width."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from suffice._core import plural
from suffice.landscape import Branches, intersection_graph
from suffice.landscape._shared import hierarchy, label_graph, type_graph
from suffice.report._style import PageFigure, styled

from ._colours import BLUE, INK, LIGHT, RED

NATURES = {True: ("Morse-Bott", BLUE), False: ("degenerate", RED)}
SINGLE, TYPES, LEVEL, FEW, ROW = 100, 60, 45, 5, 8  # more could not be read
HEIGHT = 5.6


def branches_figure(
    branches: Branches, *, incidences: Mapping[int, Sequence[int]] | None = None
) -> Figure:
    """Draw branches that meet, types that meet, and their growth over widths.

    A panel that cannot be computed (intersections of curved branches), or that has too
    many nodes to read, is replaced by a sentence that says so.

    Args:
        branches: As `suffice.landscape.branches` returns it.
        incidences: At non-zero loss, which targets touch which components of the zero
            set, as `suffice.landscape.label_graph` takes it; then the branches that are
            connected are drawn too.

    Examples:
        >>> figure = sf.report.branches_figure(sf.branches(2, 3))
        >>> len(figure.axes) > 0
        True
    """
    panels, notes = [], []
    for title, prepare in _wanted(branches, incidences):
        try:
            panels.append((title, *prepare()))
        except ValueError as reason:
            notes.append(str(reason).split(";")[0].rstrip(".") + ".")
    with styled():
        height = max(high for *_, high, _ in panels)
        shares = [share for _, share, *_ in panels]
        size = (5.0 * max(sum(shares), 2.0), height)
        figure = PageFigure(figsize=size, layout="constrained")
        axes = figure.subplots(1, len(panels), width_ratios=shares, squeeze=False)[0]
        figure.suptitle("\n".join([branches.headline(), *notes]), fontsize=11)
        for axis, (title, *_, draw) in zip(axes, panels, strict=True):
            axis.set_title(title, loc="left", fontsize=10)
            axis.set_axis_off()
            draw(axis)
        if branches.loss == "zero":
            handles = [
                Line2D([], [], marker="o", ls="", color=color, label=name)
                for name, color in NATURES.values()
            ]
            figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _wanted(branches: Branches, incidences):
    """Title of each panel, and a function that gives its width, height and drawer."""
    if branches.loss == "zero":
        yield "Branches that meet", lambda: _single(branches)
        yield "Types that meet", lambda: _types(branches)
    elif incidences is not None:
        yield "Branches that are connected", lambda: _labels(branches, incidences)
    yield "Growth with the width", lambda: _growth(branches)


def _single(branches: Branches):
    if branches.count > SINGLE:
        raise ValueError(f"{branches.count} branches are too many to draw one by one.")
    return 1.0, HEIGHT, partial(_draw_single, branches, intersection_graph(branches))


def _draw_single(branches: Branches, graph: nx.Graph, axes: Axes) -> None:
    nature = {kind.label: kind for kind in branches.types or ()}
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
    _remark(axes, "rings by dimension, largest outside; a wide line is a large meeting")
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


def _types(branches: Branches):
    if branches.types is not None and len(branches.types) > TYPES:
        raise ValueError(f"{len(branches.types)} types are too many to draw.")
    graph = type_graph(branches)
    levels = Counter(nx.get_node_attributes(graph, "dimension").values())
    crowd = max(levels.values())
    share = max(1.1, 0.2 * min(crowd, ROW))
    height = max(HEIGHT, 0.9 * sum(-(-n // ROW) for n in levels.values()))
    return share, height, partial(_draw_types, branches, graph)


def _levels(graph: nx.Graph) -> tuple[dict, int]:
    """Rows by dimension, smallest at the bottom; long rows become several."""
    dimensions, place, height = nx.get_node_attributes(graph, "dimension"), {}, 0
    for level in sorted(set(dimensions.values())):
        here = [node for node in graph if dimensions[node] == level]
        rows = -(-len(here) // ROW)
        for row in range(rows):
            part = here[row::rows]
            for step, node in enumerate(part):
                # every other row is shifted, so that lines do not run through boxes
                x = (step + 0.5 + 0.13 * (height % 2)) / len(part)
                place[node] = (x, float(height))
            height += 1
    return place, height


def _draw_types(branches: Branches, graph: nx.Graph, axes: Axes) -> None:
    nature = {kind.label: kind for kind in branches.types or ()}
    place, levels = _levels(graph)
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
    axes.set_ylim(-0.5, levels - 0.5)


def _touches(graph: nx.Graph, a: str, b: str, meeting: int) -> bool:
    smaller = min(graph.nodes[a]["dimension"], graph.nodes[b]["dimension"])
    return meeting == smaller - 1


def _remark(axes: Axes, text: str) -> None:
    axes.text(
        0.5, -0.03, text, ha="center", va="top", color=INK, fontsize=8,
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
            x, y, text, fontsize=7, color=INK, ha="center", va="center",
            bbox={"fc": "white", "ec": "none", "pad": 0.4},
        )  # fmt: skip


def _labels(branches: Branches, incidences):
    if branches.count > SINGLE:
        raise ValueError(f"{branches.count} branches are too many to draw one by one.")
    graph = label_graph(branches, incidences)
    return 1.3, HEIGHT, partial(_draw_labels, branches, graph)


def _draw_labels(branches: Branches, graph: nx.Graph, axes: Axes) -> None:
    """One circle for each connected part; a letter per neuron: target or zero set."""
    parts = sorted(nx.connected_components(graph), key=len, reverse=True)
    across = math.ceil(math.sqrt(len(parts)))
    for number, part in enumerate(parts):
        middle = 2.6 * np.array([number % across, -(number // across)])
        nodes, place = sorted(part), {}
        for step, node in enumerate(nodes):
            angle = 2 * math.pi * step / len(nodes)
            radius = 0.0 if len(nodes) == 1 else 1.0
            place[node] = middle + radius * np.array([math.cos(angle), math.sin(angle)])
        piece = graph.subgraph(nodes)
        nx.draw_networkx_edges(piece, place, ax=axes, edge_color=LIGHT)
        for node in nodes:
            x, y = place[node]
            _box(axes, x, y, _word(branches, node), INK, 99)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.15)
    pieces = plural(len(parts), "connected part")
    _remark(axes, f"{pieces}; a letter for each neuron: T target, Z zero set")


def _word(branches: Branches, node: int) -> str:
    assert branches.listed is not None
    return " ".join(
        f"{'-' * (place.sign < 0)}{'T' if place.role == 'target' else 'Z'}{place.group}"
        for place in branches.listed[node]
    )


def _growth(branches: Branches):
    widths, levels = [], []
    for width in range(branches.intrinsic, branches.width + 1):
        graph = hierarchy(branches, widths=range(branches.intrinsic, width + 1))
        level = [node for node in graph if node[0] == width]
        if len(level) > LEVEL and widths:
            break
        widths.append(width)
        levels.append(level)
    graph = hierarchy(branches, widths=widths)
    height = max(HEIGHT, 0.24 * max(map(len, levels)))
    share = max(0.9, 0.24 * len(widths))
    return share, height, partial(_draw_growth, branches, graph, levels)


def _draw_growth(
    branches: Branches, graph: nx.DiGraph, levels: list, axes: Axes
) -> None:
    widths = [level[0][0] for level in levels]
    place = {
        node: (float(node[0] - widths[0]), 1 - (step + 0.5) / len(level))
        for level in levels
        for step, node in enumerate(level)
    }
    for a, b in graph.edges:
        (x, y), (u, v) = place[a], place[b]
        axes.plot([x + 0.2, u - 0.2], [y, v], color=LIGHT, lw=0.8, zorder=1)
    most = max(map(len, levels))
    for node, (x, y) in place.items():
        kind = graph.nodes[node]
        color = INK if kind["morse_bott"] is None else NATURES[kind["morse_bott"]][1]
        _box(axes, x, y, f"{kind['count']} x ({node[1]})", color, most)
    for width in widths:
        axes.text(width - widths[0], 1.03, f"width {width}", ha="center", color=INK)
    _remark(axes, "number x (neurons of each target; null blocks; silent neurons)")
    whole = widths[-1] == branches.width
    if not whole:
        axes.text(
            len(widths) - 0.2, 0.5, f"too many types\nat width {widths[-1] + 1}",
            ha="center", va="center", color=INK, fontsize=8,
        )  # fmt: skip
    axes.set_xlim(-0.5, len(widths) - (0.5 if whole else -0.2))
    axes.set_ylim(-0.02, 1.08)


def _color(kind) -> str:
    nature = getattr(kind, "morse_bott", None)
    return INK if nature is None else NATURES[nature][1]


def _box(axes: Axes, x: float, y: float, text: str, color: str, crowd: int) -> None:
    axes.text(
        x, y, text, ha="center", va="center", color=color, zorder=3,
        fontsize=8.5 if crowd <= 10 else 7,
        bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": color, "lw": 1.0},
    )  # fmt: skip
