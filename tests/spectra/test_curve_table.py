"""Verdicts on the table of constructed curves."""

import numpy as np
import pytest
from curve_table import CLASSES, LOG, REGRESSION

from suffice.spectra import Criterion
from suffice.spectra._records._curves import Curves
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
