"""Weights that a null neuron can have: the zero set in the plane, and what it joins."""

from collections.abc import Iterator

import networkx as nx
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from scipy.ndimage import label

from suffice._core import plural
from suffice.landscape import branches, classify, embed, Splitting
from suffice.landscape._shared import label_graph
from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim

from ._points import critical_data, drawn, Residual

AXIS = np.linspace(-4, 4, 161)
NEAR = np.linspace(0, 2 * np.pi, 721)[:-1]
INTRINSIC, WIDTH = 2, 3


SINGLE = (
    "The closures of the unions over all permutations meet, as the paper says; single "
    "components meet where a component of the zero set joins them. Components are "
    "those inside the picture."
)


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


def _incidences(phi: np.ndarray, w: np.ndarray, touching: list[bool]) -> list[int]:
    """The component of the zero set through each neuron, -1 for an isolated one.

    Components are connected sets of cells of the grid in which `phi` changes sign; what
    happens outside the grid is not seen.
    """
    corners = np.stack([phi[:-1, :-1], phi[1:, :-1], phi[:-1, 1:], phi[1:, 1:]])
    crossed = (corners.min(0) < 0) & (corners.max(0) > 0)
    components = label(crossed, np.ones((3, 3)))[0]
    found = []
    for one, touched in zip(w, touching, strict=True):
        column, row = np.searchsorted(AXIS, one) - 1
        near = components[row - 1 : row + 2, column - 1 : column + 2]
        found.append(int(near.max()) - 1 if touched else -1)
    return found


def _segment(narrow: TwoLayer, x, y) -> tuple[float, bool]:
    """The largest gradient from a split to a silent copy; whether a saddle ends it."""
    found = []
    for share in np.linspace(0.4, 0.0, 9):
        kind = Splitting(groups=(0, 1, 0), shares=(1 - share, 1.0, share))
        point = embed(narrow, x, y, width=WIDTH, kind=kind).point
        found.append(classify(point, x, y))
    return max(one.gradient for one in found), found[-1].verdict.endswith("saddle")


def _case(definite: int) -> xr.Dataset:
    model, x, y = _critical(definite)
    function, w = Residual.of(model, x, y), np.asarray(model.w)
    phi = function.value(np.stack(np.meshgrid(AXIS, AXIS), axis=-1))
    touching = [_touches(function, one) for one in w]
    gradient, saddle = _segment(model, x, y)
    return xr.Dataset(
        {
            "phi": (("v", "u"), phi),
            "w": (("neuron", "weight"), w),
            "inner": (("neuron", "order"), np.linalg.eigvalsh(function.bend(w))),
            "touching": ("neuron", touching),
            "component": ("neuron", _incidences(phi, w, touching)),
            "gradient": gradient,
            "saddle": saddle,
        },
        {"u": AXIS, "v": AXIS},
    )


def _measure_zeros(run: Run) -> xr.Dataset:
    cases: list[xr.Dataset] = []
    for definite in (2, 1, 0):
        run.tell(f"a residual function with {definite} definite inner Hessians")
        cases.append(_case(definite).assign_coords(definite=definite))
    return xr.concat(cases, "definite")


def _labels(data: xr.Dataset) -> nx.Graph:
    """The branches at width 3 of one critical point, joined where closures meet."""
    through = [int(c) for c in data["component"]]
    known = sorted(set(through) - {-1})
    incidences = {n: [known.index(c)] for n, c in enumerate(through) if c >= 0}
    minima = branches(INTRINSIC, WIDTH, loss="nonzero", components=len(known))
    return label_graph(minima, incidences)


def _judge_zeros(data: xr.Dataset) -> Iterator[Claim]:
    yield Claim(
        "A split neuron is joined to one with a silent copy, a saddle, by a segment of "
        "critical points of the same function.",
        "Theorem 5.2 (closures of branches with other numbers of silent neurons meet) "
        "and Proposition 5.2",
        "all points critical, the end a saddle",
        f"relative gradients of at most {float(data.gradient.max()):.0e} on three "
        f"segments, {int(data.saddle.sum())} of {data.saddle.size} ends are saddles",
        bool(data.gradient.max() < 1e-8 and data.saddle.all()),
        covers=("critical-operators", "critical-hierarchy", "critical-saddles"),
    )
    definite = data.inner.prod("order") > 0
    yield Claim(
        "A neuron's weights are an isolated zero of phi where its inner Hessian is "
        "definite, and a crossing of the zero set where it is indefinite.",
        "derived and verified here",
        "6 neurons",
        f"{int((definite != data.touching).sum())} of {definite.size} neurons of three "
        "critical points",
        bool((definite != data.touching).all()),
        kind="derived",
    )
    for count in data.definite.to_numpy():
        graph = _labels(data.sel(definite=count))
        pieces = nx.number_connected_components(graph)
        yield Claim(
            "All branches at width 3 of a critical point with "
            f"{count} of 2 definite inner Hessians form one connected set.",
            "Theorem 5.2 and Section 5, read as connectedness of the whole set",
            "one component",
            f"{len(graph)} branches in {plural(pieces, 'component')}",
            pieces == 1,
            "" if pieces == 1 else SINGLE,
            kind="reading",
        )


def _draw_zeros(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.4, 5.4))
    axes = figure.subplots(2, 3, height_ratios=(1.25, 1))
    meshes = [
        _plane(axis, data.sel(definite=definite))
        for axis, definite in zip(axes[0], data.definite.to_numpy(), strict=True)
    ]
    for axis, definite in zip(axes[0], data.definite.to_numpy(), strict=True):
        axis.set_title(f"{definite} of 2 definite")
        axis.set_xlabel("first weight")
    axes[0, 0].set_ylabel("second weight")
    bar = figure.colorbar(meshes[0], ax=axes[0], orientation="horizontal", aspect=40)
    bar.set_ticks([-1, 0, 1], labels=["most negative", "phi = 0", "most positive"])
    for axis, definite in zip(axes[1], data.definite.to_numpy(), strict=True):
        graph = _labels(data.sel(definite=definite))
        _graph(axis, graph)
        axis.set_title(plural(nx.number_connected_components(graph), "component"))
    return figure


def _plane(axis: Axes, data: xr.Dataset) -> ContourSet:
    """Phi in the plane, its sign and its logarithm relative to the largest one."""
    size = np.log1p(np.abs(data.phi) / float(np.abs(data.phi).quantile(0.3)))
    signed = np.sign(data.phi) * size
    signed = signed / float(np.abs(signed).max())
    levels = np.linspace(-1, 1, 42)
    mesh = axis.contourf(data.u, data.v, signed, levels, cmap="RdBu")
    axis.contour(data.u, data.v, data.phi, levels=[0], colors="k", linewidths=1.2)
    for w, inner in zip(data.w.to_numpy(), data.inner.to_numpy(), strict=True):
        mark = "o" if inner[0] * inner[1] > 0 else "X"
        axis.plot(*w, mark, color="#009e73", markeredgecolor="white", markersize=8)
    axis.set_aspect("equal")
    axis.set_xticks([-4, 0, 4])
    axis.set_yticks([-4, 0, 4])
    return mesh


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
    "Above: the residual function phi in the plane of weights for three critical "
    "points of two softplus neurons, on a logarithmic scale to both sides of its "
    "zeros, which are black; circles: neurons with a definite inner Hessian, "
    "crosses: indefinite. Below: the branches at width 3 that belong to the picture "
    "above, joined where their closures meet; one colour for each connected component.",
    _measure_zeros,
    _judge_zeros,
    _draw_zeros,
)
