"""Pictures of a transformer: answers, routes, matching, embeddings."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from suffice.reasoning import (
    AnchorReasons,
    AnchorTask,
    as_view,
    ChainReasons,
    ChainTask,
    matching_matrix,
)
from suffice.reasoning._shared import EDGES
from suffice.report._page._grid import Grid

from ._colours import BLUE, GREY, RED
from ._layout import LAYOUT

_SHOWN = 0.02  # attention below is not drawn
_TOKENS = 41  # of a heat map
PLACES = {
    "first": "first anchor",
    "second": "second anchor",
    "last": "last position",
    "key": "key",
}


def answer_figure(reasons: AnchorReasons | ChainReasons) -> go.Figure:
    """Shares of right answers and of each kind of answer."""
    rows = {what: share for what, share in answer_grid(reasons).rows}
    bars = go.Bar(
        x=[float(share) for share in rows.values()],
        y=list(rows),
        orientation="h",
        marker_color=BLUE,
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    figure = go.Figure(bars, LAYOUT | {"height": 90 + 45 * len(rows)})
    figure.update_xaxes(range=[0, 1], title="share of the sequences")
    figure.update_yaxes(autorange="reversed", automargin=True)
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
            "unseen pair: inferential answer": float(reasons.rates.inferential),
            "unseen pair: answer of its mirror": float(reasons.rates.symmetric),
            "unseen pair: as its reverse": reasons.commutativity,
        }
    return Grid(
        ("what", "share"), tuple((name, f"{share:.3f}") for name, share in rows.items())
    )


def deviation_figure(reasons: AnchorReasons) -> go.Figure:
    """Differences of the answers on the unseen pair from the inferential answer."""
    off = sorted(reasons.deviations)
    bars = go.Bar(
        x=off,
        y=[reasons.deviations[k] for k in off],
        marker_color=[BLUE if k == 0 else RED for k in off],
        hovertemplate="%{x:+d}: %{y:.3f}<extra></extra>",
    )
    figure = go.Figure(bars, LAYOUT | {"height": 300, "hovermode": "closest"})
    figure.update_xaxes(title="answer less the inferential one")
    figure.update_yaxes(title="share", rangemode="tozero")
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


def flow_figure(model: Any, task: AnchorTask | ChainTask) -> go.Figure:
    """Attention of every layer as lines between positions, from below to above."""
    batch, names = probe(task)
    pattern = np.asarray(jnp.mean(as_view(model).run(batch.tokens).pattern[:, 0], 1))
    figure = go.Figure(layout=LAYOUT | {"hovermode": "closest", "showlegend": False})
    last = len(names) - 1
    for layer, rows in enumerate(pattern):
        for reader, read in np.argwhere(rows > _SHOWN):
            weight = float(rows[reader, read])
            figure.add_scatter(
                x=[read, reader],
                y=[layer, layer + 1],
                mode="lines",
                line={
                    "width": 8 * weight,
                    "color": RED if reader == last else BLUE,
                },
                opacity=max(0.15, weight),
                text=f"layer {layer}: {names[reader]} reads {names[read]}, "
                f"{weight:.2f}",
                hoverinfo="text",
            )
    x = np.tile(np.arange(len(names)), len(pattern) + 1)
    y = np.repeat(np.arange(len(pattern) + 1), len(names))
    figure.add_scatter(
        x=x, y=y, mode="markers", marker={"color": GREY, "size": 7}, hoverinfo="skip"
    )
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names)
    stages = ["tokens", *(f"after layer {i}" for i in range(len(pattern)))]
    figure.update_yaxes(tickvals=list(range(len(stages))), ticktext=stages)
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


def matching_figure(model: Any, task: ChainTask, heads: tuple[int, ...]) -> go.Figure:
    """Matching matrices along a path of heads, for trained and random tokens."""
    hops = len(heads) - 1
    x = as_view(model).embed[jnp.arange(*task.tokens)[:_TOKENS]]
    drawn = jax.random.normal(jax.random.key(0), x.shape, x.dtype)
    sizes = jnp.linalg.norm(x, axis=1) / jnp.linalg.norm(drawn, axis=1)
    kinds = {"trained": x, "random": drawn * sizes[:, None]}
    titles = [f"layer {hop}, {k}" for hop in range(1, hops + 1) for k in kinds]
    figure = make_subplots(hops, 2, subplot_titles=titles)
    for hop in range(1, hops + 1):
        for column, rows in enumerate(kinds.values(), 1):
            h = np.asarray(matching_matrix(model, hop, rows, heads=heads), float)
            end = float(np.quantile(np.abs(h), 0.999)) or 1.0
            heat = go.Heatmap(
                z=h, zmin=-end, zmax=end, colorscale="PuOr_r", showscale=False
            )
            figure.add_trace(heat, hop, column)
            figure.update_xaxes(title="token asked for", row=hop, col=column)
            asks = {"title": "token that asks", "autorange": "reversed"}
            figure.update_yaxes(**asks, row=hop, col=column)
    look = LAYOUT | {"height": 60 + 400 * hops, "hovermode": "closest"}
    figure.update_layout(look)
    return figure


def matching_grid(reasons: ChainReasons) -> Grid:
    """Scores of matching and attention, hop by hop."""
    rows = [
        (
            f"layer {number}",
            *(f"{float(v):.3f}" for v in (hop.trained.top, hop.random.top)),
            *(f"{float(v):.3f}" for v in (hop.trained.score, hop.cosine)),
            f"{inside:.3f}",
            f"{outside:.3f}",
        )
        for number, (hop, inside, outside) in enumerate(
            zip(
                reasons.hops,
                reasons.attention_inside,
                reasons.attention_outside,
                strict=True,
            ),
            1,
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


def embedding_points(model: Any, task: AnchorTask | ChainTask) -> np.ndarray:
    """The first two principal components of the embeddings of the tokens."""
    values = task.tokens if isinstance(task, ChainTask) else task.values
    x = np.asarray(as_view(model).embed[jnp.arange(*values)], float)
    left, sizes, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    return left[:, :2] * sizes[:2]


def embedding_figure(model: Any, task: AnchorTask | ChainTask) -> go.Figure:
    """Embeddings by their principal components, coloured by the token."""
    points = embedding_points(model, task)
    first = (task.tokens if isinstance(task, ChainTask) else task.values)[0]
    tokens = first + np.arange(len(points))
    dots = go.Scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        marker={"color": tokens, "colorscale": "Viridis", "showscale": True, "size": 9},
        text=tokens,
        hovertemplate="token %{text}<extra></extra>",
    )
    figure = go.Figure(dots, LAYOUT | {"hovermode": "closest"})
    figure.update_xaxes(title="first component")
    figure.update_yaxes(title="second component")
    return figure
