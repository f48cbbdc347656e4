"""A dependence is tested against chance, and what could have been seen is said."""

import jax
import numpy as np
import scipy.stats

from suffice.auditing import Table
from suffice.auditing._dependence import dependence
from suffice.auditing._standard import Standard


def judged(x, y, seed=0):
    names = tuple(f"x{i}" for i in range(x.shape[1]))
    return dependence(Standard.of(Table(names, "y", x, y)), key=jax.random.key(seed))


def test_chance_is_called_significant_as_often_as_it_says():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 2))
    p = [judged(x, rng.standard_t(3, 20), seed).p for seed in range(200)]
    assert scipy.stats.binomtest(sum(v <= 0.05 for v in p), 200, 0.05).pvalue > 1e-3
    assert scipy.stats.kstest(p, "uniform").pvalue > 1e-3


def test_linear_and_quadratic_laws_are_seen():
    x = np.random.default_rng(1).normal(size=(40, 2))
    for y in (x[:, 0], x[:, 0] * x[:, 1], x[:, 1] ** 2):
        assert judged(x, y).p == 1 / 500
        assert judged(x, y).significant


def test_the_visible_share_is_found_in_four_of_five_tables():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 3))
    share = judged(x, rng.normal(size=30)).visible
    line = x @ np.ones(3)
    line = (line - line.mean()) / line.std() * np.sqrt(share / (1 - share))
    design = np.column_stack([np.ones(30), x])
    hat = design @ np.linalg.pinv(design)
    seen = 0
    for _ in range(1000):
        y = line + rng.normal(size=30)
        rest = ((y - hat @ y) ** 2).sum()
        explained = ((hat @ y - y.mean()) ** 2).sum()
        seen += scipy.stats.f.sf(explained / 3 / (rest / 26), 3, 26) < 0.05
    assert scipy.stats.binomtest(seen, 1000, 0.8).pvalue > 1e-3


def test_repeated_measurements_count_once():
    # Fifteen batches with effects of their own: 90 rows are not 90 independent ones.
    p = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = np.repeat(rng.normal(size=15), 6)[:, None]
        y = np.repeat(rng.normal(size=15), 6) + rng.normal(size=90)
        p.append(judged(x, y, seed).p)
    assert scipy.stats.binomtest(sum(v <= 0.05 for v in p), 200, 0.05).pvalue > 1e-3


def test_too_few_inputs_are_not_judged():
    x = np.repeat(np.eye(4), 3, axis=0)
    assert judged(x, np.arange(12.0)).p is None
    assert "too few" in judged(x, np.arange(12.0)).headline()
