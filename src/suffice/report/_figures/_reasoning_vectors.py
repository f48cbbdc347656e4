"""Pictures of vectors inside a transformer by their cosines."""

from typing import Any

import jax
import numpy as np
from matplotlib.figure import Figure

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
from suffice.report._style import page_axes, styled

_SEQUENCES = 120


def condensation_figure(model: Any) -> Figure:
    """Cosines of the query neurons of layer 0, those of one direction side by side."""
    weights = query_weights(model)
    order = group_directions(weights)
    matrix = np.asarray(cosines(weights.T))[np.ix_(order, order)]
    return _heat(matrix, "neurons, by their direction")


def similarity_figure(model: Any, task: AnchorTask) -> Figure:
    """Cosines of the vectors at the last position, sequences sorted by their answer."""
    batch = _seen(task)
    order = np.argsort(np.asarray(batch.label), kind="stable")
    vectors = last_vectors(model, batch)
    matrix = np.asarray(cosines(vectors))[np.ix_(order, order)]
    return _heat(matrix, "sequences, by their answer")


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


def _heat(matrix, title: str) -> Figure:
    with styled():
        figure, axes = page_axes(5.4)
        shown = axes.imshow(matrix, "PuOr_r", vmin=-1, vmax=1)
        figure.colorbar(shown, ax=axes, label="cosine")
        axes.set(xlabel=title, ylabel=title, xticks=[], yticks=[])
    return figure
