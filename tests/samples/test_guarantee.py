"""The guarantee holds exactly where all directions are seen."""

import hypothesis as hp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import MatrixProduct, RealSpace, TwoLayer
from suffice.samples import guarantee, plan
from suffice.samples._basis import tangent_basis
from suffice.tangent import jacobian

TARGET = TwoLayer.normal(3, 2, key=jax.random.key(3), bias=True)  # R = 12
POOL = np.random.default_rng(0).normal(size=(300, 2))


def rank_of(x):
    return np.linalg.matrix_rank(jacobian(TARGET, x))


@hp.settings(max_examples=25, deadline=None, derandomize=True)
@hp.given(seed=st.integers(0, 2**16))
@pytest.mark.slow
def test_fewer_samples_than_the_rank_never_suffice_and_more_do(seed):
    """arXiv:2406.18035, Theorems 1 and 2: almost every 12 samples, no 11 samples."""
    x = np.random.default_rng(seed).normal(size=(12, 2))
    few = guarantee(TARGET, x[:11], pool=POOL)
    assert (few.holds, few.rank_s, few.rank, few.kappa) == (False, 11, 12, np.inf)
    enough = guarantee(TARGET, x, pool=POOL)
    assert (enough.holds, enough.rank_s) == (True, 12)
    assert np.isfinite(enough.kappa)


def test_missed_directions_change_the_function_but_not_on_the_samples():
    x = POOL[:9]
    verdict = guarantee(TARGET, x, pool=POOL)
    assert verdict.missed.shape == (3, 12)
    unseen = jacobian(TARGET, x) @ verdict.missed.T
    seen_elsewhere = jacobian(TARGET, POOL) @ verdict.missed.T
    assert np.abs(unseen).max() < 1e-7 * np.abs(seen_elsewhere).max()
    np.testing.assert_allclose((seen_elsewhere**2).mean(0), 1.0, rtol=1e-6)


def test_kappa_bounds_every_tangent_function():
    x = POOL[:20]
    kappa = guarantee(TARGET, x, pool=POOL).kappa
    on_samples, on_pool = jacobian(TARGET, x), jacobian(TARGET, POOL)
    for direction in np.random.default_rng(1).normal(size=(200, 12)):
        over_pool = np.sqrt(np.mean((on_pool @ direction) ** 2))
        over_samples = np.sqrt(np.mean((on_samples @ direction) ** 2))
        assert over_pool <= kappa * over_samples * (1 + 1e-6)


def test_noise_gain_is_the_error_of_tangent_least_squares():
    """Against 4000 simulated noise vectors; the standard error is about one percent."""
    x = POOL[:24]
    verdict = guarantee(TARGET, x, pool=POOL)
    noise = np.random.default_rng(2).normal(size=(24, 4000))
    fitted = np.linalg.lstsq(jacobian(TARGET, x), noise, rcond=None)[0]
    error = np.sqrt(np.mean((jacobian(TARGET, POOL) @ fitted) ** 2))
    assert error == pytest.approx(verdict.noise_gain, rel=0.06)


def test_redundant_neurons_do_not_change_the_verdict():
    wide = TwoLayer(
        jnp.concatenate([TARGET.w, TARGET.w[:1]]),
        jnp.concatenate([TARGET.a.at[0].multiply(0.5), TARGET.a[:1] * 0.5]),
        jnp.concatenate([TARGET.b, TARGET.b[:1]]),
    )
    narrow, same = (guarantee(t, POOL[:14], pool=POOL) for t in (TARGET, wide))
    assert same.rank == narrow.rank == 12
    assert same.kappa == pytest.approx(narrow.kappa, rel=1e-6)


@pytest.mark.parametrize("along", [(1.0, 1.0), (0.0, 1.0), (-2.0, 1.0)])
def test_samples_on_a_line_miss_a_direction_of_every_neuron(along):
    """Each neuron moves across the line unseen, which only measured ranks decide."""
    x = np.outer(np.random.default_rng(0).normal(size=20), along)
    verdict = guarantee(TARGET, x, pool=POOL)
    assert (verdict.holds, verdict.rank_s, verdict.note) == (False, 9, None)


def test_inputs_that_are_not_finite_are_refused():
    x = POOL[:12].copy()
    x[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"x has 1 entries .* first at \(3, 1\)"):
        guarantee(TARGET, x)


def test_a_pool_on_a_line_cannot_show_every_direction():
    line = np.outer(np.linspace(-2, 2, 80), [1.0, 0.5])
    with pytest.raises(ValueError, match="the pool of 80 inputs shows"):
        guarantee(TARGET, POOL[:12], pool=line)


def test_a_discrete_domain_is_said():
    target = MatrixProduct.normal((4, 1, 4), key=jax.random.key(0))
    verdict = guarantee(target, target.domain.x)
    assert verdict.holds
    assert "discrete" in verdict.note


class TestPlan:
    def test_the_order_is_nested_and_every_sample_brings_a_direction(self):
        result = plan(TARGET, pool=POOL)
        assert result.needed == len(result.order) == 12
        np.testing.assert_array_equal(result.rank_s, np.arange(1, 13))
        assert [rank_of(POOL[result.order[:n]]) for n in (4, 8, 12)] == [4, 8, 12]
        assert len(set(result.order)) == 12

    def test_planned_samples_beat_random_ones(self):
        planned = plan(TARGET, pool=POOL).kappa[-1]
        rng = np.random.default_rng(5)
        chance = [
            guarantee(TARGET, POOL[rng.permutation(300)[:12]], pool=POOL).kappa
            for _ in range(20)
        ]
        assert planned < min(chance) / 2

    def test_it_reports_the_amplification_that_guarantee_finds(self):
        result = plan(TARGET, pool=POOL, size=20)
        verdict = guarantee(TARGET, POOL[result.order], pool=POOL)
        assert result.kappa[-1] == pytest.approx(verdict.kappa, rel=1e-6)

    def test_more_samples_than_needed_improve_it(self):
        result = plan(TARGET, pool=POOL, size=36)
        assert result.needed == 12
        assert result.kappa[-1] < result.kappa[11]

    def test_it_goes_on_from_what_was_taken(self):
        first = plan(TARGET, pool=POOL).order
        taken = POOL[first[:7]]
        rest = plan(TARGET, pool=POOL, taken=taken)
        assert (rest.needed, rest.taken) == (5, 7)
        both = np.concatenate([taken, POOL[rest.order]])
        assert guarantee(TARGET, both, pool=POOL).holds

    def test_too_few_is_said(self):
        result = plan(TARGET, pool=POOL, size=5)
        assert result.needed is None
        assert "5 of 12" in str(result)

    def test_a_size_beyond_the_pool_is_refused(self):
        with pytest.raises(ValueError, match="size is 301; expected 1 to 300"):
            plan(TARGET, pool=POOL, size=301)

    def test_an_input_with_several_outputs_counts_once(self):
        target = TwoLayer.normal(2, 3, key=jax.random.key(1), outputs=2)
        pool = np.random.default_rng(0).normal(size=(100, 3))
        result = plan(target, pool=pool)
        assert result.needed == 2 + 3  # k + ceil(k d / min(k, C))
        np.testing.assert_array_equal(result.rank_s, [2, 4, 6, 8, 10])


def test_the_basis_is_orthonormal_over_the_pool():
    basis = tangent_basis(TARGET, POOL, domain=RealSpace(2), key=jax.random.key(0))
    q = basis.values[:, 0]
    np.testing.assert_allclose(q.T @ q / len(POOL), np.eye(12), atol=1e-8)


def test_a_sketched_basis_spans_the_same_functions(monkeypatch):
    from suffice.samples import _basis

    dense = guarantee(TARGET, POOL[:16], pool=POOL)
    monkeypatch.setattr(_basis, "DENSE_ENTRIES", 0)
    sketched = guarantee(TARGET, POOL[:16], pool=POOL)
    assert sketched.missed is None
    assert sketched.kappa == pytest.approx(dense.kappa, rel=1e-4)


def test_a_constant_target_needs_one_sample_and_any_will_do():
    constant = TwoLayer(jnp.zeros((0, 2)), jnp.zeros(0), c=jnp.array(1.5))
    result = plan(constant, pool=POOL, size=3)
    assert (result.rank, result.needed, len(result.order)) == (1, 1, 3)
