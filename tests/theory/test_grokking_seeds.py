"""Trainings of arXiv:2405.17479 from six seeds each, none chosen."""

import numpy as np
import optax
import pytest
import xarray as xr

from suffice.papers._paper import Run
from suffice.papers.grokking._digits import digits
from suffice.papers.grokking._images import SETTINGS, trained_on
from suffice.papers.grokking._line import adam, STEPS, watched as watched_line
from suffice.papers.grokking._parity import rise, summary, watched as watched_parity
from suffice.papers.grokking._points import even

pytestmark = [pytest.mark.theory, pytest.mark.long]
SEEDS = range(6)


def quick(folder):
    return Run(False, folder)


@pytest.fixture(scope="module")
def parity(tmp_path_factory):
    """Half of the cube."""
    run, rule = quick(tmp_path_factory.mktemp("parity")), optax.adam(2e-4)
    return [summary(watched_parity(run, 0.5, seed, rule)) for seed in SEEDS]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Digits from large parameters with weight decay, and from usual ones."""
    run = quick(tmp_path_factory.mktemp("digits"))
    return [trained_on(run, setting, digits(), SEEDS) for setting in SETTINGS[1:]]


def test_from_even_points_no_test_loss_rises(tmp_path):
    """Figure 1c, the negative control of every seed."""
    run = quick(tmp_path)
    rule = adam(run)
    for seed in SEEDS:
        name = f"even, {seed}"
        record = watched_line(run, name, even(65), seed, "sin", rule, STEPS[False])
        found = record.verdict()
        assert found.word[0] == "none"
        assert found.ascent[0] < 1.005
        assert found.delay[0] <= 1.2


def test_half_of_the_cube_is_first_learned_below_chance(parity):
    """Figures 4 and 5a."""
    for found in parity:
        assert 250 <= found.fit <= 450
        assert 400 <= found.generalises <= 700
        assert found.accuracy.sel(set="test").min() < 0.45
    assert (rise(xr.concat(parity, "seed")) > 1.02).all()


def test_and_in_the_end_the_parity_is_known_and_the_loss_is_not_zero(parity):
    """Figure 17; without a delay."""
    for found in parity:
        last = found.isel(step=-1).sel(set="test")
        assert last.accuracy > 0.95
        assert last.loss > 0.05
        assert found.delay < 2
        assert found.energy.sel(degree=10)[-1] < 0.95


def test_large_parameters_that_decay_generalise_late(images):
    """The third experiment with the weight decay of arXiv:2210.01117."""
    late, usual = images
    assert (late.delay > 3).all()
    assert np.isfinite(late.delay).all()
    assert (late.accuracy.sel(set="test").isel(step=-1) > 0.9).all()
    assert (usual.delay <= 1.2).all()


def test_only_usual_parameters_learn_low_frequencies_first_on_the_training_set(images):
    """Figures 7 and 8."""
    late, usual = (found.order.sel(set="train") for found in images)
    assert (usual > 0.6).all()
    assert (late < 0.9).all()
