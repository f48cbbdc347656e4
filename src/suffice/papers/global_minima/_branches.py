"""The branches of the global minima: their number, their dimensions, and which meet."""

from collections.abc import Iterator

import networkx as nx
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import plural
from suffice.landscape import branches, intersection_graph
from suffice.landscape._shared import splitting_count
from suffice.papers._paper import Experiment, Run
from suffice.report import branches_figure
from suffice.report._shared import Claim

TABLES = {
    ("generic", 1): (1, 3, 10, 37, 151, 674, 3263, 17007, 94828),
    ("generic", 2): (2, 12, 62, 320, 1712, 9604, 56674, 351792),
    ("generic", 3): (6, 60, 450, 3120, 21336, 147756),
    ("tanh", 1): (2, 12, 68, 416, 2792, 20464),
    ("tanh", 2): (8, 96, 896, 8000, 72608),
}
RATIOS = (1, 2, 4.4, 10.7, 27.6, 76, 223, 690)
GRAPHS = (("generic", 1, 2), ("generic", 1, 3), ("generic", 2, 3), ("generic", 2, 4),
          ("tanh", 1, 2), ("tanh", 1, 3), ("tanh", 2, 3))  # fmt: skip
EDGES, DIAMETERS = 30, (2, 6, 4)


def _counts(name: str, k: int, size: int) -> list[int]:
    return [
        branches(k, k + i, activation=name, types=0, listed=0).count
        for i in range(size)
    ]


def _measure_counts(run: Run) -> xr.Dataset:
    run.tell("numbers of branches, and graphs of those that meet")
    tables = {
        f"count_{name}_{k}": (f"width_{name}_{k}", _counts(name, k, len(values)))
        for (name, k), values in TABLES.items()
    }
    pieces, edges, diameters, listed = [], [], [], []
    for name, k, m in GRAPHS:
        minima = branches(k, m, activation=name)
        graph = intersection_graph(minima)
        pieces.append(nx.number_connected_components(graph))
        edges.append(graph.number_of_edges())
        diameters.append(nx.diameter(graph) if pieces[-1] == 1 else -1)
        assert minima.listed is not None
        listed.append(len(set(minima.listed)) - minima.count)
    growth = [
        [branches(2, m, types=0, listed=0).count, splitting_count(2, m)]
        for m in range(2, 13)
    ]
    return xr.Dataset(
        {
            **tables,
            "pieces": ("graph", pieces),
            "edges": ("graph", edges),
            "diameter": ("graph", diameters),
            "excess": ("graph", listed),
            "growth": (("m", "which"), np.array(growth, float)),
        },
        {"m": range(2, 13), "which": ["all", "splitting"]},
    )


def _judge_counts(data: xr.Dataset) -> Iterator[Claim]:
    for (name, k), values in TABLES.items():
        got = [int(v) for v in data[f"count_{name}_{k}"]]
        yield Claim(
            f"Branches of a target of {plural(k, 'neuron')}, {name} activation, "
            f"widths {k} to {k + len(values) - 1}.",
            "Simsek et al. 2021 (T); odd activations derived and verified here",
            ", ".join(map(str, values)),
            ", ".join(map(str, got)),
            got == list(values),
            kind="check",
        )
    ratio = (data.growth.sel(which="all") / data.growth.sel(which="splitting"))[:8]
    yield Claim(
        "Branches that only split neurons become an ever smaller share as the width "
        "grows.",
        "Simsek et al. 2021; numbers derived here",
        "ratios " + ", ".join(map(str, RATIOS)) + " at widths 2 to 9",
        ", ".join(f"{float(v):.3g}" for v in ratio),
        bool(np.allclose(ratio, RATIOS, rtol=0.02)),
        kind="check",
    )
    names = [f"({k}, {m}) {name}" for name, k, m in GRAPHS]
    yield Claim(
        "The set of global minima is connected once there is one extra neuron.",
        "Simsek et al. 2021; odd activations verified here",
        "one component for (neurons, width) = " + ", ".join(names),
        f"components {', '.join(str(int(v)) for v in data.pieces)}",
        bool((data.pieces == 1).all()),
        kind="other",
    )
    got = [int(data.diameter[i]) for i in (1, 2, 3)]
    yield Claim(
        "How many pairs of branches meet for (1, 3), and how many steps lie between "
        "two branches.",
        "derived and verified here",
        f"{EDGES} pairs meet; at most 2, 6, 4 steps for (1, 3), (2, 3), (2, 4)",
        f"{int(data.edges[1])} pairs; {', '.join(map(str, got))} steps",
        bool(data.edges[1] == EDGES and tuple(got) == DIAMETERS),
        kind="check",
    )


def _draw_counts(data: xr.Dataset) -> Figure:
    figure = branches_figure(branches(1, 3))
    figure.set_size_inches(12.5, 5.2)  # legible on the page
    return figure


GRAPH = Experiment(
    "branches",
    "The branches of one neuron at width 3, and how they meet",
    "All sets of parameters of three generic neurons that express the function of "
    "one: single branches, their types, and how types arise from one width to the "
    "next.",
    _measure_counts,
    _judge_counts,
    _draw_counts,
)
