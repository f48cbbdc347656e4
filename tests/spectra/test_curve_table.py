"""Verdicts on the table of constructed curves."""

import collections

import numpy as np
import pytest
from curve_table import CLASSES, falls, LOG, noisy, REGRESSION, steps

from suffice.spectra import Criterion
from suffice.spectra._records._curves import Curves
from suffice.spectra._records._levels import fluctuation
from suffice.spectra._records._word import word_of

UNITS = (1.0, 1e-12, 3.7e9)


@pytest.mark.parametrize("name", REGRESSION)
def test_regression_in_any_units(name):
    word, train, test, at = REGRESSION[name]
    for unit in UNITS:
        run = Curves(at, unit * train(at), unit * test(at), 0.0, unit, Criterion())
        assert word_of(run)[0] == word, word_of(run)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_in_any_units_of_the_loss(name):
    word, *curves = CLASSES[name]
    right, known, train, test = (curve(LOG) for curve in curves)
    for unit in UNITS:
        run = Curves(
            LOG, unit * train, unit * test, 0.1, unit, Criterion(), right, known
        )
        assert word_of(run)[0] == word, word_of(run)


@pytest.mark.parametrize("name", REGRESSION)
def test_a_run_with_half_of_the_records_is_not_judged_otherwise(name):
    """With fewer records a verdict may be lost, but not become another one."""
    word, train, test, at = REGRESSION[name]
    kept = np.unique([*range(0, len(at), 2), len(at) - 1])
    curves = (curve(at)[kept] for curve in (train, test))
    run = Curves(at[kept], *curves, 0.0, 1.0, Criterion())
    assert word_of(run)[0] in (word, "undecided")


@pytest.mark.parametrize("inputs", [40, 200])
@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_accuracies_about_chance_are_no_knowledge(inputs, chance):
    """Random labels, few test inputs: what is right now and then is not lost later."""
    words = set()
    for seed in range(50):
        right = np.random.default_rng(seed).binomial(inputs, chance, len(LOG)) / inputs
        fitted = np.where(LOG < 300, chance, 1.0)
        loss = np.where(LOG < 300, 1.0, 1e-3)
        flat = np.ones(len(LOG))
        run = Curves(LOG, loss, flat, chance, 1.0, Criterion(), fitted, right)
        words.add(word_of(run)[0])
    assert "memorised" in words
    assert words <= {"memorised", "undecided"}


@pytest.mark.parametrize("size", [0.02, 0.05, 0.1, 0.3])
def test_noise_from_record_to_record_is_no_ascent(size):
    """A test loss that stays where it began, as mini-batches measure it.

    Of 600 such runs 2 were called an ascent; 3 of 20 would be far more.
    """
    words = collections.Counter()
    for seed in range(20):
        train = noisy(falls(100), size, seed, after=-1)(LOG)
        test = noisy(falls(3000), size, seed + 100, after=-1)(LOG)
        words[word_of(Curves(LOG, train, test, 0.0, 1.0, Criterion()))[0]] += 1
    assert set(words) <= {"delayed", "both"}
    assert words["both"] < 3


def test_a_rise_that_stands_out_of_the_noise_is_one():
    rising = steps((0, 1.0), (5, 2.0), (1000, 1.0))
    for seed in range(20):
        train = noisy(falls(100), 0.05, seed, after=-1)(LOG)
        test = rising(LOG) * noisy(falls(3000), 0.05, seed + 100, after=-1)(LOG)
        run = Curves(LOG, train, test, 0.0, 1.0, Criterion())
        assert word_of(run)[0] == "both"


def test_fluctuation_is_that_of_the_noise_and_not_of_the_curve():
    smooth, everywhere = np.log(falls(3000)(LOG)), np.ones(len(LOG), bool)
    assert fluctuation(smooth, everywhere) < 0.005
    found = [
        fluctuation(np.log(noisy(falls(3000), 0.1, seed, after=-1)(LOG)), everywhere)
        for seed in range(20)
    ]
    assert np.mean(found) == pytest.approx(0.1, rel=0.2)
    assert fluctuation(smooth[:9], everywhere[:9]) == 0.0
