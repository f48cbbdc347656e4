"""Trees of critical points of networks of increasing width."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
from jaxtyping import Array, ArrayLike, Key

from suffice._core import given, Hidden, Result
from suffice._core.literature import bases
from suffice.landscape._embedding._embed import embed
from suffice.landscape._embedding._splitting import Splitting
from suffice.landscape._network._arrays import checked, read, write
from suffice.landscape._network._attainable import attainable, is_least
from suffice.landscape._network._inertia import inertia
from suffice.landscape._network._objective import two_layer_loss
from suffice.landscape._network._polish import polish
from suffice.landscape._network._signals import extended, REACHED, signals
from suffice.models import Activation, TwoLayer
from suffice.reduction import reduce
from suffice.training import ensemble, fit, stack

from ._escape import escape, SaddleEscape

_SHARES = ((0.5, 0.5), (1.5, -0.5))  # if any split is a saddle, one of these is


@dataclasses.dataclass(frozen=True)
class CriticalTree(Result):
    """Critical points of growing width.

    Attributes:
        graph: A directed graph (networkx). The root 0 is the network without neurons;
            an edge leads from a critical point to a wider one that was reached by a
            split, an escape and a descent. Nodes carry `width`, `loss`, `gradient`
            (relative), `inertia` (positive, negative, zero) and `point`; edges carry
            `curvature`, of the escape that was taken (None from the root).
        width: The widest network.
        starts: Number of random starts at each width.
    """

    grounds = bases.EMBEDDING

    graph: Hidden[nx.DiGraph]
    width: int
    starts: Hidden[int]

    def at(self, width: int) -> list[int]:
        """Nodes of one width, by increasing loss."""
        nodes = [v for v, row in self.graph.nodes.items() if row["width"] == width]
        return sorted(nodes, key=lambda v: self.graph.nodes[v]["loss"])

    def headline(self) -> str:
        """The number of critical points, and the lowest loss of each width."""
        lowest = ", ".join(
            f"{r}: {self.graph.nodes[self.at(r)[0]]['loss']:.4g}"
            for r in range(self.width + 1)
            if self.at(r)
        )
        number = self.graph.number_of_nodes()
        return f"{number} critical points; lowest loss by width {lowest}."

    def shown(self) -> dict[str, Any]:
        """One line per critical point."""
        return {
            f"point_{v}": _line(self.graph, v)
            for r in range(self.width + 1)
            for v in self.at(r)
        }

    def derived(self) -> dict[str, Any]:
        """Nodes and edges of the tree, without the models."""
        nodes = [
            {"node": v} | {k: w for k, w in row.items() if k != "point"}
            for v, row in self.graph.nodes.items()
        ]
        edges = [
            {"from": u, "to": v, "curvature": curvature}
            for u, v, curvature in self.graph.edges(data="curvature")
        ]
        return {"nodes": nodes, "edges": edges}


def _line(graph, v) -> str:
    row = graph.nodes[v]
    parents = ", ".join(map(str, graph.predecessors(v))) or "none"
    p, n, z = row["inertia"]
    text = f"width {row['width']}, loss {row['loss']:.5g}, inertia ({p}, {n}, {z})"
    return f"{text}, from {parents}"


def critical_points(
    x: ArrayLike,
    y: ArrayLike,
    *,
    width: int,
    activation: str | Activation = "tanh",
    bias: bool = False,
    starts: int = 20,
    saddles: bool = True,
    key: Key[Array, ""],
) -> CriticalTree:
    """A tree of critical points of two-layer networks of increasing width.

    For each width, descent from random starts gives minima and Levenberg-Marquardt on
    the gradient gives saddles. A neuron of every critical point is then split, and
    descent along the steepest escape leads to a critical point of the next width.
    Points at which no width could lower the loss are left out. The search may miss
    critical points. Prefer `classify` for a single point.

    Args:
        x: Inputs `(n, inputs)`.
        y: Targets `(n,)`.
        width: The widest network.
        activation: Name or `Activation`.
        bias: Whether neurons have an input bias.
        starts: Number of random starts at each width.
        saddles: Whether to search for saddles too.
        key: Random key.

    Returns:
        The tree, with loss and inertia of each critical point.

    Raises:
        ValueError: JAX is in float32 mode; numbers are not finite; shapes do not agree;
            `width` or `starts` is below 1; or there are fewer samples than parameters
            of one neuron, where equal samples (and mirrored ones, if the activation
            ties them) count once.

    Source:
        The diagram of arXiv:2105.14573; the search is derived here.

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> tree = sf.critical_points(
        ...     x, np.sin(2 * x[:, 0]), width=1, starts=4, key=jax.random.key(0)
        ... )
        >>> print(tree.headline())
        1 critical points; lowest loss by width 0: 1.727.
    """
    x = given(x, float)
    if x.ndim != 2:
        raise ValueError(f"x has shape {x.shape}; expected (n, inputs).")
    if width < 1 or starts < 1:
        raise ValueError(f"width is {width} and starts {starts}; expected at least 1.")
    template = TwoLayer.normal(1, x.shape[1], key=key, bias=bias, activation=activation)
    network, x, y = checked(template, x, y, "A critical tree")
    known = attainable(network, extended(x, network.biases[0])).dimension
    if known < network.parameters:
        raise ValueError(
            f"{known} samples that are not tied to others; one neuron alone has "
            f"{network.parameters} parameters. With so few data every width fits them "
            "and there is no tree."
        )
    graph = nx.DiGraph()
    root = write(_empty(network), template)
    zero = 0.5 * float(np.sum(y**2))
    graph.add_node(0, width=0, loss=zero, gradient=0.0, inertia=(0, 0, 0), point=root)
    for r in range(1, width + 1):
        _grow(graph, r, template, x, y, starts, saddles, jax.random.fold_in(key, r))
    return CriticalTree(graph, width, starts)


def _empty(network):
    rows = np.zeros((0, network.rows(0).shape[1]))
    return network.with_rows(0, rows).with_outgoing(0, np.zeros((1, 0)))


def _grow(graph, r, template, x, y, starts, saddles, key) -> None:
    """Add the critical points of one width."""
    wide = _at_width(template, r)
    drawn = ensemble(wide, starts, scale=1.0, key=key)
    begin = [jax.tree.map(lambda leaf, i=i: leaf[i], drawn) for i in range(starts)]
    origin: list[tuple[int, float | None]] = [(0, None)] * starts
    for v in [v for v, row in graph.nodes.items() if row["width"] == r - 1]:
        for point, curvature in _ways_up(graph.nodes[v]["point"], x, y):
            begin.append(point)
            origin.append((v, curvature))
    descended = fit(stack(begin), x, y[:, 0], max_steps=300)
    loss = two_layer_loss(wide, x, y)
    theta = [loss.pack(read(descended.member(i))) for i in range(len(begin))]
    if saddles:
        theta += [loss.pack(read(point)) for point in begin[:starts]]
        origin += [(0, None)] * starts
    polished = polish(loss.evaluate, np.array(theta))
    for row, where in zip(polished.theta, origin, strict=True):
        _add(graph, r, write(loss.unpack(row), wide), x, y, where)


def _at_width(template: TwoLayer, r: int) -> TwoLayer:
    return TwoLayer(
        w=jnp.ones((r, template.inputs)),
        a=jnp.ones(r),
        b=None if template.b is None else jnp.ones(r),
        activation=template.activation,
    )


def _ways_up(point: TwoLayer, x, y):
    """Points on both sides of the escapes of the splits of every neuron."""
    for t in range(point.width):
        groups = (*range(point.width), t)
        for pair in _SHARES:
            shares = np.ones(point.width + 1)
            shares[[t, -1]] = pair
            kind = Splitting(groups=groups, shares=shares)
            wide = embed(point, x, y, width=point.width + 1, kind=kind)
            way = escape(wide.point, x, y)
            if way is not None and way.measured > 0:
                yield way.point, way.curvature
                if pair[0] != pair[1]:  # else the other side is the same, renamed
                    yield _other_side(wide.point, way), way.curvature
                break


def _other_side(point: TwoLayer, way: SaddleEscape) -> TwoLayer:
    """The point after the best step in the opposite direction."""
    back = np.where(way.steps * way.step < 0, way.losses, np.inf)
    step = float(way.steps[int(np.argmin(back))])
    return jax.tree.map(lambda p, d: p + step * d, point, way.direction)


def _add(graph, r, point, x, y, where) -> None:
    """Add a point if it is critical, irreducible, new, and its weights are moderate."""
    network = read(point)
    point_signals = signals(network, x, y)
    size = max(float(np.abs(w).max()) for w in network.weights)
    critical = point_signals.relative_gradient() < REACHED
    fitted = is_least(network, point_signals)
    quiet = np.abs(network.weights[1]).min() < 1e-7 * float(np.abs(y).max())
    if not critical or fitted or quiet or not size < 30:
        return
    if reduce(point, tolerance=1e-5).widths != (r,):
        return
    parent, curvature = where
    for v, row in graph.nodes.items():
        if row["width"] == r and _same(row["point"], point, x, y):
            if parent:
                graph.add_edge(parent, v, curvature=curvature)
            return
    node = graph.number_of_nodes()
    graph.add_node(
        node,
        width=r,
        loss=point_signals.loss,
        gradient=point_signals.relative_gradient(),
        inertia=tuple(inertia(point, x, y).signature),
        point=point,
    )
    if parent or r == 1:
        graph.add_edge(parent, node, curvature=curvature)


def _same(first, second, x, y) -> bool:
    """Whether two points have the same outputs on the samples."""
    apart = signals(read(first), x, y).residual - signals(read(second), x, y).residual
    return float(np.abs(apart).max()) < 1e-6 * float(np.abs(y).max())
