"""Pictures of a transformer: answers, routes, matching, embeddings."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from suffice.reasoning import (
    AnchorReasons,
    AnchorTask,
    as_view,
    ChainReasons,
    ChainTask,
    matching_matrix,
)
from suffice.reasoning._shared import EDGES, head_name
from suffice.report._page._grid import Grid
from suffice.report._style import page_axes, styled

from ._colours import BLUE, GREY, RED

_SHOWN = 0.02  # attention below is not drawn
_TOKENS = 41  # of a heat map
PLACES = {
    "first": "first anchor",
    "second": "second anchor",
    "last": "last position",
    "key": "key",
}


def answer_figure(reasons: AnchorReasons | ChainReasons) -> Figure:
    """Shares of right answers and of each kind of answer."""
    rows = {what: float(share) for what, share in answer_grid(reasons).rows}
    with styled():
        figure, axes = page_axes(0.7 + 0.4 * len(rows))
        axes.barh(list(rows), list(rows.values()), color=BLUE)
        axes.set(xlim=(0, 1), xlabel="share of the sequences")
        axes.invert_yaxis()
    return figure


def answer_grid(reasons: AnchorReasons | ChainReasons) -> Grid:
    """The shares as a table."""
    if isinstance(reasons, ChainReasons):
        rows = {
            "right, in distribution": reasons.inside,
            "right, out of distribution": reasons.outside,
            "steps within reach": reasons.available,
        }
    else:
        rows = {
            "seen pairs right": reasons.seen,
            "the worst of them": reasons.worst,
            "seen pairs right, test keys": reasons.tested,
        }
        for pair in reasons.unseen:
            rows |= {f"{pair.name}: {what}": s for what, s in pair.shares.items()}
    return Grid(
        ("what", "share"), tuple((name, f"{share:.3f}") for name, share in rows.items())
    )


def deviation_figure(reasons: AnchorReasons) -> Figure:
    """Differences of the answers on unseen pairs from the inferential answer."""
    off = sorted(reasons.deviations)
    shares = [reasons.deviations[k] for k in off]
    with styled():
        figure, axes = page_axes(2.8)
        axes.bar(off, shares, color=[BLUE if k == 0 else RED for k in off])
        axes.set(xlabel="answer less the inferential one", ylabel="share")
    return figure


def deviation_grid(reasons: AnchorReasons) -> Grid:
    """The largest of them as a table."""
    rows = list(reasons.deviations.items())[:8]
    return Grid(("distance", "share"), tuple((f"{k}", f"{v:.3f}") for k, v in rows))


def cut_grid(reasons: AnchorReasons) -> Grid:
    """Accuracy on seen pairs without one edge of attention; the worst is marked."""
    edges = np.asarray(reasons.cut.edges)
    rows = tuple(
        (
            f"layer {layer}",
            f"{PLACES[reader]} reads {PLACES[read]}",
            f"{edges[layer, column]:.3f}",
        )
        for layer in range(len(edges))
        for column, (reader, read) in enumerate(EDGES)
    )
    return Grid(
        ("layer", "attention that is cut", "right without it"),
        rows,
        int(np.argmin(edges)),
    )


def probe(task: AnchorTask | ChainTask) -> tuple[Any, list[str]]:
    """One sequence, whose attention is drawn, and the names of its positions."""
    if isinstance(task, ChainTask):
        batch = task.batch(jax.random.key(3), 1, "test")
        return batch, [str(token) for token in np.asarray(batch.tokens[0])]
    name = ",".join(map(str, task.unseen[-1]))
    batch = task.batch(jax.random.key(3), 64, name)
    ends = np.max(np.asarray(batch.meta["anchors"]), axis=1)
    index = int(np.argmax(ends < task.length - 1))
    one = jax.tree.map(lambda leaf: leaf[index : index + 1], batch)
    names = [str(token) for token in np.asarray(one.tokens[0])]
    names[int(one.meta["key"][0])] += " key"
    for anchor in np.asarray(one.meta["anchors"][0]):
        names[int(anchor)] += " anchor"
    return one, names


def flow_figure(model: Any, task: AnchorTask | ChainTask) -> Figure:
    """Attention of every layer as lines between positions, from below to above."""
    batch, names = probe(task)
    pattern = np.asarray(jnp.mean(as_view(model).run(batch.tokens).pattern[:, 0], 1))
    last = len(names) - 1
    places = np.arange(len(names))
    stages = ["tokens", *(f"after layer {i}" for i in range(len(pattern)))]
    with styled():
        figure, axes = page_axes(4.4)
        for layer, rows in enumerate(pattern):
            for reader, read in np.argwhere(rows > _SHOWN):
                weight = float(rows[reader, read])
                axes.plot(
                    [read, reader], [layer, layer + 1], linewidth=6 * weight,
                    color=RED if reader == last else BLUE, alpha=max(0.15, weight),
                )  # fmt: skip
        for layer in range(len(stages)):
            axes.plot(places, np.full(len(names), layer), "o", color=GREY, markersize=5)
        axes.set_xticks(places, names, rotation=90)
        axes.set_xlabel("token at each position")
        axes.set_yticks(range(len(stages)), stages)
    return figure


def flow_grid(model: Any, task: AnchorTask | ChainTask) -> Grid:
    """The positions that the last position reads most, as a table."""
    batch, names = probe(task)
    pattern = np.asarray(jnp.mean(as_view(model).run(batch.tokens).pattern[:, 0], 1))
    rows = []
    for layer, attention in enumerate(pattern[:, -1]):
        for position in np.argsort(-attention)[:3]:
            place = f"{names[position]} at position {position}"
            rows.append((f"layer {layer}", place, f"{attention[position]:.3f}"))
    return Grid(("layer", "the last position reads", "attention"), tuple(rows))


def matching_figure(
    model: Any, task: ChainTask, path: tuple[tuple[int, int], ...]
) -> Figure:
    """Matching matrices along a path of heads, for trained and random tokens."""
    hops = len(path) - 1
    x = as_view(model).embed[jnp.arange(*task.tokens)[:_TOKENS]]
    drawn = jax.random.normal(jax.random.key(0), x.shape, x.dtype)
    sizes = jnp.linalg.norm(x, axis=1) / jnp.linalg.norm(drawn, axis=1)
    kinds = {"trained": x, "random": drawn * sizes[:, None]}
    with styled():
        figure = Figure(figsize=(8.4, 0.4 + 3.4 * hops))
        panels = figure.subplots(hops, 2, squeeze=False)
        for hop, row in enumerate(panels, 1):
            for axes, (kind, rows) in zip(row, kinds.items(), strict=True):
                h = np.asarray(matching_matrix(model, path[: hop + 1], rows), float)
                end = float(np.quantile(np.abs(h), 0.999)) or 1.0
                shown = axes.imshow(h, "PuOr_r", vmin=-end, vmax=end)
                figure.colorbar(shown, ax=axes, shrink=0.8, label="entry")
                axes.set_title(f"layer {path[hop][0]}, {kind}")
                axes.set(xlabel="token asked for", ylabel="token that asks")
    return figure


def matching_grid(reasons: ChainReasons) -> Grid:
    """Scores of matching and attention, hop by hop."""
    rows = [
        (
            head_name(place),
            *(f"{float(v):.3f}" for v in (hop.trained.top, hop.random.top)),
            *(f"{float(v):.3f}" for v in (hop.trained.score, hop.cosine)),
            f"{inside:.3f}",
            f"{outside:.3f}",
        )
        for place, hop, inside, outside in zip(
            reasons.path[1:],
            reasons.hops,
            reasons.attention_inside,
            reasons.attention_outside,
            strict=True,
        )
    ]
    head = (
        "layer",
        "tokens that match",
        "random tokens",
        "score",
        "cosine",
        "attention inside",
        "attention outside",
    )
    return Grid(head, tuple(rows))


def heads_grid(reasons: ChainReasons) -> Grid:
    """Previous-token and induction scores of every head."""
    previous, induction = map(
        np.asarray, (reasons.scores.previous, reasons.scores.induction)
    )
    steps = tuple(f"step {step + 1}" for step in range(induction.shape[-1]))
    rows = tuple(
        (
            head_name(place),
            f"{previous[place]:.3f}",
            *(f"{score:.3f}" for score in induction[place]),
        )
        for place in np.ndindex(previous.shape)
    )
    return Grid(("head", "previous token", *steps), rows)


def embedding_points(model: Any, task: AnchorTask | ChainTask) -> np.ndarray:
    """The first two principal components of the embeddings of the tokens."""
    values = task.tokens if isinstance(task, ChainTask) else task.values
    x = np.asarray(as_view(model).embed[jnp.arange(*values)], float)
    left, sizes, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    return left[:, :2] * sizes[:2]


def embedding_figure(model: Any, task: AnchorTask | ChainTask) -> Figure:
    """Embeddings by their principal components, coloured by the token."""
    points = embedding_points(model, task)
    first = (task.tokens if isinstance(task, ChainTask) else task.values)[0]
    tokens = first + np.arange(len(points))
    with styled():
        figure, axes = page_axes(4.4)
        dots = axes.scatter(*points.T, c=tokens, cmap="viridis", s=30, label="tokens")
        figure.colorbar(dots, ax=axes, label="token")
        axes.set(xlabel="first component", ylabel="second component")
    return figure
