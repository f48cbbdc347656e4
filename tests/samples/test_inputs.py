"""Inputs that no sample can be, and samples that leave nothing to plan."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import MatrixProduct, TwoLayer
from suffice.samples import guarantee, plan

KEY = jax.random.key(0)
TARGET = TwoLayer.normal(2, 2, key=KEY)
POOL = np.random.default_rng(1).standard_normal((100, 2))
MATRIX = MatrixProduct.normal((4, 1, 4), key=KEY)


@pytest.mark.parametrize("x", [POOL[:0], np.ones((5, 3)), np.ones(2), [[1.0, 2.0]]])
def test_other_shapes_are_refused(x):
    with pytest.raises(ValueError, match="x h"):
        guarantee(TARGET, x)


@pytest.mark.parametrize("entry", [(4, 0), (-1, 0), (0.0, 1.0)])
def test_entries_outside_a_matrix_are_refused(entry):
    with pytest.raises(ValueError, match="x h"):
        guarantee(MATRIX, np.array([(0, 0), entry]))


def test_a_pool_with_fewer_rows_than_directions_is_refused_before_it_is_measured(
    monkeypatch,
):
    monkeypatch.setattr("suffice.samples._basis._columns", None)
    with pytest.raises(ValueError, match="5 inputs shows at most 5 of the 6 tangent"):
        plan(TARGET, pool=POOL[:5])


def test_a_choice_that_would_not_fit_into_memory_is_refused(monkeypatch):
    monkeypatch.setattr("suffice.samples._basis.free_memory", lambda: 20_000.0)
    with pytest.raises(ValueError, match="100 outputs in 6 directions needs about 38"):
        plan(TARGET, pool=POOL)


class TestNothingToPlan:
    """Samples that suffice already."""

    def test_no_sample_is_needed(self):
        result = plan(TARGET, pool=POOL, taken=POOL[:30])
        assert (result.needed, len(result.order)) == (0, 0)
        assert "No sample is needed" in str(result)

    def test_more_may_still_be_wanted(self):
        result = plan(TARGET, pool=POOL, taken=POOL[:30], size=3)
        assert (result.needed, len(result.order)) == (0, 3)
        assert np.isfinite(result.kappa).all()

    def test_nothing_taken_is_no_start(self):
        result = plan(TARGET, pool=POOL, taken=POOL[:0])
        assert (result.needed, result.taken) == (6, 0)

    def test_zero_is_known_without_samples(self):
        zero = TwoLayer(TARGET.w, jnp.zeros(2))
        assert plan(zero, pool=POOL).needed == 0
        verdict = guarantee(zero, POOL[:1])
        assert (verdict.holds, verdict.rank, verdict.kappa) == (True, 0, 0.0)
