"""Pictures of vectors inside a transformer by their cosines."""

from typing import Any

import jax
import numpy as np
import plotly.graph_objects as go

from suffice._core import short
from suffice.reasoning import AnchorTask, similarity_auc
from suffice.reasoning._shared import (
    anchor_values,
    cosines,
    group_directions,
    last_vectors,
    query_weights,
)
from suffice.report._page._grid import Grid

from ._layout import LAYOUT

_SEQUENCES = 120


def condensation_figure(model: Any) -> go.Figure:
    """Cosines of the query neurons of layer 0, those of one direction side by side."""
    weights = query_weights(model)
    order = group_directions(weights)
    matrix = np.asarray(cosines(weights.T))[np.ix_(order, order)]
    return _heat(matrix, "neuron", [str(neuron) for neuron in order])


def similarity_figure(model: Any, task: AnchorTask) -> go.Figure:
    """Cosines of the vectors at the last position, sequences sorted by their answer."""
    batch = _seen(task)
    order = np.argsort(np.asarray(batch.label), kind="stable")
    vectors = last_vectors(model, batch)
    names = [f"{label}" for label in np.asarray(batch.label)[order]]
    return _heat(np.asarray(cosines(vectors))[np.ix_(order, order)], "answer", names)


def similarity_grid(model: Any, task: AnchorTask) -> Grid:
    """How often the larger cosine belongs to equal targets."""
    batch = _seen(task)
    last = similarity_auc(last_vectors(model, batch), batch.label)
    first = similarity_auc(anchor_values(model, batch), batch.meta["partial"])
    rows = (
        ("the answer, at the last position", short(last)),
        ("what the first anchor alone gives, at that anchor", short(first)),
    )
    return Grid(("the larger cosine tells", "how often"), rows)


def _seen(task):
    return task.batch(jax.random.key(4), _SEQUENCES)


def _heat(matrix, what, names):
    heat = go.Heatmap(
        z=matrix,
        zmin=-1,
        zmax=1,
        colorscale="PuOr_r",
        colorbar={"title": "cosine"},
        customdata=np.dstack(np.meshgrid(names, names)),
        hovertemplate=f"{what} %{{customdata[1]}} and %{{customdata[0]}}: "
        "%{z:.2f}<extra></extra>",
    )
    figure = go.Figure(heat, LAYOUT | {"height": 560, "hovermode": "closest"})
    figure.update_xaxes(showticklabels=False, constrain="domain")
    figure.update_yaxes(
        showticklabels=False, autorange="reversed", scaleanchor="x", constrain="domain"
    )
    return figure
