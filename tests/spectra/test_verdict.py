"""Verdicts on curves with known answers."""

import json

import numpy as np
import pytest

from suffice.spectra import Criterion, Recorder
from suffice.spectra._records._curves import Curves

AT = np.array([0, *np.unique(np.geomspace(1, 10000, 65).astype(int))], float)


def falling(when):
    """A loss from 1 that passes a tenth at a step."""
    return 1 / (1 + (9 * AT / when) ** 1.0)


def rising(when, low=0.1, high=1.0):
    return low + (high - low) * (when <= AT)


def regression(train, test):
    return Curves(AT, train, test, None, None, 0.0, Criterion())


def classes(fit, test, chance=0.1, train=None):
    loss = falling(fit) if train is None else train
    return Curves(AT, loss, loss, rising(fit), test, chance, Criterion())


@pytest.mark.parametrize(
    ("train", "test", "word"),
    [
        (falling(100), falling(100), "none"),
        (falling(100), falling(1000), "delayed"),
        (falling(100), falling(100) + 0.5 * (AT > 3) * (AT < 50), "ascent"),
        (falling(100), falling(1000) + 0.5 * (AT > 3) * (AT < 50), "both"),
        (falling(100), 0 * AT + 1.0, "memorised"),
        (0 * AT + 1.0, 0 * AT + 1.0, "undecided"),
        (0 * AT + 1.0, 1 + 0.1 * (AT > 5), "ascent"),
        (falling(8000), 1 - 0.5 * (AT / 1e4), "undecided"),
        (falling(100), np.where(AT > 9, np.nan, 1.0), "diverged"),
        (0 * AT, 0 * AT, "none"),  # training began at a solution
        (falling(100), 0 * AT + (AT > 5), "ascent"),
    ],
)
def test_words_of_regression(train, test, word):
    assert regression(train, test).word == word


def test_numbers_of_regression():
    run = regression(falling(100), falling(1000))
    grid = AT[AT >= 100][0], AT[AT >= 1000][0]
    assert (run.fit, run.generalises) == grid
    assert run.delay == grid[1] / grid[0]
    # one record above is noise, two in a row are an ascent
    assert not regression(falling(100), 1 + 0.1 * (AT == 5)).rises
    assert regression(falling(100), 1 + 0.1 * (AT >= 5) * (AT < 7)).rises


@pytest.mark.parametrize(
    ("run", "word"),
    [
        (classes(100, rising(100)), "none"),
        (classes(100, rising(2000)), "delayed"),
        (classes(2907, rising(3, 0.14, 0.17)), "memorised"),  # digits, α = 8
        (classes(300, rising(2000, 0.45, 0.53), 0.5), "memorised"),  # parity, p = 0.2
        (classes(85, rising(20, 0.1, 0.87)), "none"),  # a plateau that is no memory
        (classes(2000, 0.14 + 0.6 * AT / 1e4), "delayed"),  # rising to the end
        (classes(8000, 0.14 + 0.6 * AT / 1e4), "undecided"),
        (classes(10**6, rising(200)), "undecided"),
    ],
)
def test_words_of_classification(run, word):
    assert run.word == word


def test_a_level_that_is_not_settled_is_censored():
    rising_still = classes(100, 0.14 + 0.6 * AT / 1e4)
    assert rising_still.generalises == np.inf
    settled = classes(100, rising(2000))
    assert settled.generalises == AT[AT >= 2000][0]


def recorded(delays):
    """Runs that fit at step 10 and generalise at some step, or never."""
    x, y = np.arange(4.0), np.ones(4)
    recorder = Recorder(train=(x, y), test=(x, y))
    for run, when in enumerate(delays):
        for step in (0, 10, 20, 40, 80, 160):
            train, test = (0 * y if step < t else y for t in (10, when))
            recorder.add(step, run=run, train=train, test=test + 0.01 * step / 160)
    return recorder.record()


def test_a_verdict_counts_runs_and_takes_the_censored_into_the_median():
    found = recorded([10, 40, 80, 1000, 1000]).verdict()
    assert found.word.tolist() == ["none", *["delayed"] * 2, *["memorised"] * 2]
    assert found.censored.tolist() == [False, False, False, True, True]
    assert found.delay.tolist() == [1, 4, 8, np.inf, np.inf]
    assert found.survival.median == 80  # the mean of the finite times would be 43
    assert found.survival.arrived == 3
    assert "2 delayed, 2 memorised, 1 none" in found.headline()
    assert "censored" in str(found)
    assert recorded([40]).verdict().headline() == "delayed: ascent 1, delay 4."
    plain = json.loads(found.to_json())
    assert (plain["word"][0], plain["criterion"]["delay"]) == ("none", 2.0)
    assert plain["step"][3] == "inf"


def test_thresholds_are_stated_and_can_be_others():
    assert recorded([40]).verdict(Criterion(delay=5.0)).word == "none"
    assert recorded([40]).verdict().criterion == Criterion()


def test_a_record_must_begin_before_training():
    x = np.arange(3.0)
    recorder = Recorder(train=(x, x), test=(x, x))
    recorder.add(1, train=x, test=x)
    recorder.add(2, train=x, test=x)
    with pytest.raises(ValueError, match="2 steps from 1; a verdict needs step 0"):
        recorder.record().verdict()
