"""The pictures and tables of a transformer hold what was measured on it."""

import numpy as np
import pytest

from suffice.report._figures._reasoning import (
    cut_grid,
    deviation_grid,
    embedding_points,
    flow_figure,
    probe,
)
from suffice.report._figures._reasoning_vectors import (
    condensation_figure,
    similarity_figure,
    similarity_grid,
)


def cells(figure):
    (image,) = figure.axes[0].images
    return np.asarray(image.get_array())


@pytest.mark.slow
def test_tables_carry_the_numbers(anchors):
    found, model, task = anchors
    edges = cut_grid(found)
    assert len(edges.rows) == 12
    assert edges.rows[edges.marked][2] == f"{np.asarray(found.cut.edges).min():.3f}"
    shares = [float(row[1]) for row in deviation_grid(found).rows]
    assert shares == sorted(shares, reverse=True)
    assert embedding_points(model, task).shape == (80, 2)


@pytest.mark.slow
def test_matrices_of_cosines_are_sorted(anchors):
    _, model, task = anchors
    condensed = cells(condensation_figure(model))
    q = np.asarray(model.blocks[0].attention.q[0])
    unit = q / np.linalg.norm(q, axis=0)
    np.testing.assert_allclose(
        np.sort(condensed, axis=None), np.sort(unit.T @ unit, axis=None), atol=1e-12
    )
    np.testing.assert_allclose(np.diagonal(cells(similarity_figure(model, task))), 1)
    shares = [float(row[1]) for row in similarity_grid(model, task).rows]
    assert all(0 <= share <= 1 for share in shares)


def test_the_probe_names_key_and_anchors(anchors):
    _, model, task = anchors
    batch, names = probe(task)
    assert sum("anchor" in name for name in names) == 2
    assert "anchor" not in names[-1]
    key = int(batch.meta["key"][0])
    assert names[key].endswith("key")
    assert len(flow_figure(model, task).axes[0].lines) > 5
