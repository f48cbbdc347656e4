"""The automatic rank of float32, rounded and noisy tables, with and without offsets."""

import numpy as np
import pytest

from suffice._core import silent
from suffice.completion._entries._observed import as_observed
from suffice.completion._fit._least_squares import least_squares

KINDS = {
    "float32": lambda whole, rng: whole.astype(np.float32).astype(float),
    "3 decimals": lambda whole, rng: np.round(whole, 3),
    "2 decimals": lambda whole, rng: np.round(whole, 2),
    "offsets": lambda whole, rng: np.round(
        whole + rng.normal(size=(len(whole), 1)) + 2 * rng.normal(size=whole.shape[1]),
        3,
    ),
    "noise": lambda whole, rng: whole + 0.01 * rng.normal(size=whole.shape),
}


def chosen(kind, seed):
    """The rank of a random table, and what was chosen for it."""
    rng = np.random.default_rng(1000 + seed)
    m, n = int(rng.integers(16, 36)), int(rng.integers(9, 20))
    rank = int(rng.integers(1, 4))
    missing = rng.uniform(0.1, 0.4)
    whole = rng.normal(size=(m, rank)) @ rng.normal(size=(rank, n))
    entries = KINDS[kind](whole, rng)
    entries[rng.random(whole.shape) < missing] = np.nan
    most = 6 if kind == "noise" else 20
    rng = np.random.default_rng(0)
    observed = as_observed(entries)
    fit = least_squares(observed, "auto", "auto", "auto", most, 4, rng, silent)
    return rank, fit.choice


def is_right(kind, seed):
    rank, choice = chosen(kind, seed)
    expected = "predictive" if kind == "noise" else "exact"
    offsets = "both" if kind == "offsets" else "none"
    same = kind == "noise" or choice.offsets == offsets
    return choice.value == rank and choice.kind == expected and same


@pytest.mark.parametrize("kind", ["float32", "3 decimals", "2 decimals", "offsets"])
def test_the_rank_of_a_rounded_table(kind):
    assert all(is_right(kind, seed) for seed in range(3))


@pytest.mark.slow
def test_the_rank_is_right_in_95_of_100_tables():
    right = [is_right(kind, seed) for seed in range(20) for kind in KINDS]
    assert sum(right) >= 95
