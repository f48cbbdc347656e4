"""Weights that a null neuron can have: the zero set in the plane, and what it joins."""

from collections.abc import Iterator

import networkx as nx
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suffice._core import evaluate
from suffice.landscape import branches
from suffice.landscape._shared import label_graph
from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim

from ._points import critical_data, drawn, Residual

AXIS = np.linspace(-4, 4, 161)
NEAR = np.linspace(0, 2 * np.pi, 721)[:-1]
INTRINSIC, WIDTH = 2, 3


def _critical(definite: int) -> tuple[TwoLayer, np.ndarray, np.ndarray]:
    """A critical point of two softplus neurons with `count` definite inner Hessians."""
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        model = drawn(INTRINSIC, 2, rng, "softplus")
        x = 1.5 * rng.standard_normal((16, 2))
        y = critical_data(model, x, rng)
        w = np.asarray(model.w)
        bends = np.linalg.eigvalsh(Residual.of(model, x, y).bend(w))
        apart = np.linalg.norm(w[0] - w[1]) > 1 and np.abs(w).max() < 2.5
        firm = np.abs(bends).min() > 0.1 * np.abs(bends).max()
        if apart and firm and (bends.prod(axis=1) > 0).sum() == definite:
            return model, x, y
    raise ValueError(f"no critical point with {definite} definite inner Hessians.")


def _touches(function: Residual, w: np.ndarray, radius: float = 1e-3) -> bool:
    """Whether `phi` changes sign near a double zero, so that other zeros touch it."""
    circle = w + radius * np.column_stack([np.cos(NEAR), np.sin(NEAR)])
    values = function.value(circle)
    return bool(values.min() < 0 < values.max())


def _measure_zeros(run: Run) -> xr.Dataset:
    cases, plane = (2, 1, 0), np.stack(np.meshgrid(AXIS, AXIS), axis=-1)
    phi, w, inner, touching, misfit = [], [], [], [], []
    for definite in cases:
        run.tell(f"a residual function with {definite} definite inner Hessians")
        model, x, y = _critical(definite)
        function = Residual.of(model, x, y)
        weights = np.asarray(model.w)
        phi.append(function.value(plane))
        w.append(weights)
        inner.append(np.linalg.eigvalsh(function.bend(weights)))
        touching.append([_touches(function, one) for one in weights])
        misfit.append(np.linalg.norm(evaluate(model, x)[:, 0] - y[:, 0]))
    return xr.Dataset(
        {
            "phi": (("definite", "v", "u"), phi),
            "w": (("definite", "neuron", "weight"), w),
            "inner": (("definite", "neuron", "order"), inner),
            "touching": (("definite", "neuron"), touching),
            "misfit": ("definite", misfit),
        },
        {"definite": list(cases), "u": AXIS, "v": AXIS},
    )


def _labels(components: int, incidences: dict[int, list[int]]) -> nx.Graph:
    minima = branches(INTRINSIC, WIDTH, loss="nonzero", components=components)
    return label_graph(minima, incidences)


def _judge_zeros(data: xr.Dataset) -> Iterator[Claim]:
    definite = data.inner.prod("order") > 0
    yield Claim(
        "A neuron's weights are an isolated zero of phi where its inner Hessian is "
        "definite, and a crossing of the zero set where it is indefinite.",
        "derived and verified here",
        "6 neurons",
        f"{int((definite != data.touching).sum())} of {definite.size} neurons of three "
        "critical points",
        bool((definite != data.touching).all()),
    )
    one = _labels(1, {0: [0], 1: [0]})
    pieces = nx.number_connected_components(one)
    yield Claim(
        "Critical sets of one function at width 3, one component of the zero set "
        "through both of two neurons.",
        "Theorem 5.2: closures meet",
        "connected",
        f"{len(one)} branches in {pieces} connected component(s)",
        pieces == 1,
    )
    isolated = _labels(0, {})
    count = nx.number_connected_components(isolated)
    stays = not data.touching.sel(definite=2).any()
    yield Claim(
        "The same critical sets where both inner Hessians are definite (left "
        "picture), so that no neuron can leave its target.",
        "Theorem 5.2 and Section 5, read as connectedness of the whole set",
        "connected",
        f"{len(isolated)} splitting branches in {count} components",
        not (stays and count > 1),
        "The closures of the unions over all permutations meet, as the paper says; "
        "single components need not meet.",
    )
    two = _labels(2, {0: [0], 1: [1]})
    count = nx.number_connected_components(two)
    yield Claim(
        "The same critical sets where the zero set has two components, each through "
        "one neuron.",
        "Theorem 5.2 and Section 5, read as connectedness of the whole set",
        "connected",
        f"{len(two)} branches in {count} components",
        count == 1,
        "A neuron can move between a target neuron and the component through it, but "
        "never to the other component.",
    )


def _draw_zeros(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.4, 5.0))
    axes = figure.subplots(2, 3, height_ratios=(1.25, 1))
    for axis, definite in zip(axes[0], data.definite.to_numpy(), strict=True):
        _plane(axis, data.sel(definite=definite))
        axis.set_title(f"{definite} of 2 definite")
    graphs = {
        "no incidence": _labels(0, {}),
        "one component, both neurons": _labels(1, {0: [0], 1: [0]}),
        "two components, one each": _labels(2, {0: [0], 1: [1]}),
    }
    for axis, (title, graph) in zip(axes[1], graphs.items(), strict=True):
        _graph(axis, graph)
        axis.set_title(title)
    return figure


def _plane(axis: Axes, data: xr.Dataset) -> None:
    size = np.log1p(np.abs(data.phi) / float(np.abs(data.phi).quantile(0.3)))
    signed = np.sign(data.phi) * size
    most = float(np.abs(signed).max())
    axis.contourf(data.u, data.v, signed, 21, cmap="RdBu", vmin=-most, vmax=most)
    axis.contour(data.u, data.v, data.phi, levels=[0], colors="k", linewidths=1.2)
    for w, inner in zip(data.w.to_numpy(), data.inner.to_numpy(), strict=True):
        mark = "o" if inner[0] * inner[1] > 0 else "X"
        axis.plot(*w, mark, color="#009e73", markeredgecolor="white", markersize=8)
    axis.set_aspect("equal")
    axis.set_xticks([-4, 0, 4])
    axis.set_yticks([-4, 0, 4])


def _graph(axis: Axes, graph: nx.Graph) -> None:
    parts = sorted(nx.connected_components(graph), key=len, reverse=True)
    single = len(parts) == 1
    place = {}
    for i, part in enumerate(parts):
        centre = (1.0, 0.5) if single else (i % 3, i // 3)
        size = (0.8 if single else 0.3) if len(part) > 1 else 0.0
        around = nx.circular_layout(
            nx.empty_graph(sorted(part)), scale=size, center=centre
        )
        place |= around
    colors = [f"C{i % 8}" for i, part in enumerate(parts) for _ in part]
    nodes = [node for part in parts for node in part]
    nx.draw_networkx_edges(graph, place, ax=axis, edge_color="#c3c9d1")
    nx.draw_networkx_nodes(
        graph, place, nodes, ax=axis, node_size=28, node_color=colors
    )
    axis.set_xlim(-0.6, 2.6)
    axis.set_ylim(-0.6, 1.6)
    axis.set_aspect("equal")
    axis.set_axis_off()


ZEROS = Experiment(
    "zero-set",
    "The zero set of the residual function, and which branches it connects",
    "Above: phi in the plane of weights for three critical points of two softplus "
    "neurons; black: its zeros; circles: neurons with a definite inner Hessian, "
    "crosses: indefinite. Below: the branches at width 3, joined where their closures "
    "meet; one colour for each connected component.",
    _measure_zeros,
    _judge_zeros,
    _draw_zeros,
)
