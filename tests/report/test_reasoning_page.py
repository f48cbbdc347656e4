"""The page of a transformer, on networks wired by hand or hardly trained."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from whole_pages import check

from suffice.models import Transformer
from suffice.reasoning import AnchorTask, ChainTask, explain
from suffice.report import reasoning_page
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


def drawn(task):
    """A transformer of two layers for a task, not trained."""
    rng = np.random.default_rng(0)
    shapes = eqx.filter_eval_shape(
        lambda: Transformer.normal(
            task.vocab, task.length, 2, 8, hidden=8, key=jax.random.key(0)
        )
    )
    return jax.tree.map(
        lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape)), shapes
    )


@pytest.fixture(scope="module")
def anchors():
    task = AnchorTask.exception(length=5)
    model = drawn(task)
    return explain(model, task, size=50), model, task


def test_the_page_of_anchors_is_whole(anchors):
    found, model, task = anchors
    page = reasoning_page(found, model, task, source="a<b.npz", command="suffice x")
    assert page.count("<figure>") == 6
    assert "a&lt;b.npz" in page
    assert "suffice x" in page
    assert "Whether layers match" not in page
    check(page)


def test_tables_carry_the_numbers(anchors):
    found, model, task = anchors
    edges = cut_grid(found)
    assert len(edges.rows) == 12
    assert edges.rows[edges.marked][2] == f"{np.asarray(found.cut.edges).min():.3f}"
    shares = [float(row[1]) for row in deviation_grid(found).rows]
    assert shares == sorted(shares, reverse=True)
    assert embedding_points(model, task).shape == (80, 2)


def test_matrices_of_cosines_are_sorted(anchors):
    _, model, task = anchors
    condensed = np.asarray(condensation_figure(model).data[0].z)
    q = np.asarray(model.blocks[0].attention.q[0])
    unit = q / np.linalg.norm(q, axis=0)
    np.testing.assert_allclose(
        np.sort(condensed, axis=None), np.sort(unit.T @ unit, axis=None), atol=1e-12
    )
    heat = similarity_figure(model, task).data[0]
    np.testing.assert_allclose(np.diagonal(heat.z), 1)
    answers = np.asarray(heat.customdata)[0, :, 0].astype(int)
    assert (np.diff(answers) >= 0).all()
    shares = [float(row[1]) for row in similarity_grid(model, task).rows]
    assert all(0 <= share <= 1 for share in shares)


def test_the_probe_names_key_and_anchors(anchors):
    _, model, task = anchors
    batch, names = probe(task)
    assert sum("anchor" in name for name in names) == 2
    assert "anchor" not in names[-1]
    key = int(batch.meta["key"][0])
    assert names[key].endswith("key")
    assert len(flow_figure(model, task).data) > 5


def test_the_page_of_chains_shows_matching():
    task = ChainTask(steps=1, pairs=2, tokens=(20, 41))
    model = drawn(task)
    found = explain(model, task, size=50)
    page = reasoning_page(found, model, task, source="chain")
    assert "Whether layers match" in page
    assert "Available steps bound" in page
    assert "for 1 step<" in page
    check(page)
