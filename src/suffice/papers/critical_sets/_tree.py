"""Critical points of narrow networks, their embeddings in wider ones, and ways out."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.landscape import critical_points, CriticalTree, embed, inertia
from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report import tree_figure
from suffice.report._shared import Claim

WIDTH, SAMPLES, NOISE, SEED = 3, 30, 0.3, 2


def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(SEED)
    x = 1.5 * rng.standard_normal((SAMPLES, 2))
    target = TwoLayer.normal(4, 2, 1.5, key=jax.random.key(SEED))
    return x, np.asarray(
        jax.vmap(target)(jnp.asarray(x))
    ) + NOISE * rng.standard_normal(SAMPLES)


def _measure_tree(run: Run) -> xr.Dataset:
    x, y = _data()
    starts = 200 if run.full else 24
    run.tell(f"critical points of widths 1 to {WIDTH} from {starts} starts each")
    key = jax.random.key(SEED)
    tree = critical_points(x, y, width=WIDTH, starts=starts, key=key)
    rows = [row for _, row in sorted(tree.graph.nodes.items())]
    run.tell(f"each of them embedded at width {WIDTH}")
    lifted = [_lifted(row, x, y) for row in rows]
    edges = list(tree.graph.edges(data="curvature"))
    return xr.Dataset(
        {
            "width": ("node", [row["width"] for row in rows]),
            "loss": ("node", [row["loss"] for row in rows]),
            "inertia": (("node", "sign"), [row["inertia"] for row in rows]),
            "lifted": (("node", "sign"), lifted),
            "parent": ("edge", [u for u, *_ in edges]),
            "child": ("edge", [v for _, v, _ in edges]),
            "curvature": ("edge", [c or 0.0 for *_, c in edges]),
            "starts": starts,
        },
        {"sign": ["positive", "negative", "zero"]},
    )


def _lifted(row, x, y) -> tuple[int, ...]:
    """The signature at the full width, where the point has a neuron to split."""
    if row["width"] == 0:
        return (0, 0, 0)
    point = row["point"]
    if row["width"] < WIDTH:
        point = embed(point, x, y, width=WIDTH).point
    return tuple(inertia(point, x, y).signature)


def _judge_tree(data: xr.Dataset) -> Iterator[Claim]:
    some = data.isel(node=np.flatnonzero((data.width > 0) & (data.width < WIDTH)))
    more = some.lifted - some.inertia
    level = more.sel(sign="zero") == WIDTH - some.width
    yield Claim(
        f"Embedded at width {WIDTH}, a critical point of a narrower network has one "
        "more level direction for each further neuron.",
        "arXiv:2105.14573, Fig. 4",
        "degeneracy m - m0",
        f"{int(level.sum())} of {level.size} points of smaller width",
        bool(level.all()),
        kind="other",
    )
    kept = (more >= 0).all("sign")
    yield Claim(
        "Embedding removes no positive or negative direction.",
        "arXiv:2111.15527, Theorem 6.2 (irreversibility)",
        "at all points",
        f"at {int(kept.sum())} of {kept.size} points",
        bool(kept.all()),
        kind="other",
    )
    down = [
        float(data.loss[v]) < float(data.loss[u])
        for u, v in zip(data.parent.to_numpy(), data.child.to_numpy(), strict=True)
    ]
    yield Claim(
        "The escape from a split critical point leads to a critical point of a wider "
        "network with lower loss.",
        "derived and verified here, from Proposition 5.1",
        "a lower loss at the end of every line",
        f"on {sum(down)} of {len(down)} lines of the tree",
        all(down),
        kind="derived",
    )


def _draw_tree(data: xr.Dataset) -> Figure:
    graph = nx.DiGraph()
    for v in range(data.sizes["node"]):
        row = data.isel(node=v)
        signs = tuple(int(n) for n in row.inertia)
        width, loss = int(row.width), float(row.loss)
        graph.add_node(v, width=width, loss=loss, inertia=signs)
    for e in range(data.sizes["edge"]):
        edge = data.isel(edge=e)
        curvature = float(edge.curvature) or None
        graph.add_edge(int(edge.parent), int(edge.child), curvature=curvature)
    return tree_figure(CriticalTree(graph, WIDTH, int(data.starts)))


TREE = Experiment(
    "tree",
    "Critical points of one problem, for growing width",
    f"Bias-free tanh networks on {SAMPLES} noisy samples of two inputs; a target of "
    "four neurons. Lines: escapes from a split of the narrower point; wider lines "
    "are steeper escapes. Dotted: points found from random starts. The tree holds the "
    "points that were found, which need not be all.",
    _measure_tree,
    _judge_tree,
    _draw_tree,
)
