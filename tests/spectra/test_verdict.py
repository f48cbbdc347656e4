"""Numbers of verdicts, and what is said where no verdict is possible."""

import json

import numpy as np
import pytest

from suffice.spectra import Criterion, Recorder
from suffice.spectra._records._curves import Curves
from suffice.spectra._records._levels import HeldLevel, steady

AT = np.array([0, *np.unique(np.geomspace(1, 10000, 65).astype(int))], float)


def falling(when):
    """A loss from 1 that passes a tenth at a step."""
    return 1 / (1 + 9 * AT / when)


def rising(when, low=0.1, high=1.0):
    return low + (high - low) * (when <= AT)


def regression(train, test):
    return Curves(AT, train, test, 0.0, 1.0, Criterion())


def classes(fit, test):
    loss = falling(fit)
    return Curves(AT, loss, loss, 0.1, 1.0, Criterion(), rising(fit), test)


def test_numbers_of_regression():
    run = regression(falling(100), falling(1000))
    grid = AT[AT >= 100][0], AT[AT >= 1000][0]
    assert (run.fit, run.generalises) == grid
    assert run.delay == grid[1] / grid[0]
    # one record above is noise, two in a row are an ascent
    assert not regression(falling(100), 1 + 0.1 * (AT == 5)).rises
    assert regression(falling(100), 1 + 0.1 * (AT >= 5) * (AT < 7)).rises


def test_a_rise_counts_as_far_as_the_training_loss_rose_less():
    both = 1 + 3.0 * (AT > 5) * (AT < 50)
    assert regression(both, both).rise.max() == 1.0
    assert regression(both, 2 * both - 1).rise.max() == 7 / 4
    assert regression(falling(100), 1e-5 * both).rise.max() == 1.0  # known throughout


def test_a_level_that_is_not_settled_is_censored():
    rising_still = classes(100, 0.14 + 0.6 * AT / 1e4)
    assert rising_still.generalises == np.inf
    settled = classes(100, rising(2000))
    assert settled.generalises == AT[AT >= 2000][0]


def test_a_level_is_held_from_the_last_exit_on():
    level = HeldLevel(enter=0.9, leave=0.8)
    assert level.held(np.array([0.0, 0.95, 0.85, 0.95])) == 1  # never below 0.8
    assert level.held(np.array([0.95, 0.7, 0.85, 0.9])) == 3
    assert level.held(np.array([0.0, 0.95, 0.7, 0.85])) is None
    np.testing.assert_array_equal(
        steady(np.array([5.0, 0, 9, 0, 1, 9])), [5, 5, 0, 1, 1, 1]
    )


def recorded(delays):
    """Runs that fit at step 10 and generalise at some step, or never."""
    x, y = np.arange(4.0), np.array([1.0, -1, 1, -1])
    recorder = Recorder(train=(x, y), test=(x, y))
    for run, when in enumerate(delays):
        for step in (0, 5, 10, 20, 40, 80, 160):
            train, test = (0 * y if step < t else y for t in (10, when))
            recorder.add(step, run=run, train=train, test=test + 0.01 * step / 160)
    return recorder.record()


def test_a_verdict_counts_runs_and_takes_the_censored_into_the_median():
    found = recorded([5, 40, 40, 1000, 1000]).verdict()
    assert found.word.tolist() == ["none", *["delayed"] * 2, *["memorised"] * 2]
    assert found.censored.tolist() == [False, False, False, True, True]
    assert found.delay.tolist() == [0.5, 4, 4, np.inf, np.inf]
    assert found.survival.median == 40  # the mean of the finite times would be 28
    assert found.survival.arrived == 3
    assert "2 delayed, 2 memorised, 1 none" in found.headline()
    assert "censored" in str(found)
    one = recorded([40]).verdict()
    assert one.headline() == "delayed: fitted at step 10, known at 40."
    plain = json.loads(found.to_json())
    assert (plain["word"][0], plain["criterion"]["delay"]) == ("none", 2.0)
    assert plain["step"][3] == "inf"
    assert found.baseline == 1.0


def test_thresholds_are_stated_and_can_be_others():
    assert recorded([40]).verdict(Criterion(delay=7.0)).word == "none"
    # fitted at 6 at the earliest, known at 21 at the earliest and at 40 at the latest
    assert recorded([40]).verdict(Criterion(delay=5.0)).word == "undecided"
    assert recorded([40]).verdict().criterion == Criterion()


def test_a_record_must_begin_before_training():
    x = np.arange(3.0)
    recorder = Recorder(train=(x, x), test=(x, x))
    recorder.add(1, train=x, test=x)
    recorder.add(2, train=x, test=x)
    with pytest.raises(ValueError, match="2 steps from 1; a verdict needs step 0"):
        recorder.record().verdict()


@pytest.mark.parametrize(
    ("y", "sentence"),
    [(np.ones(3), "all labels of train are equal"), (None, "train has no labels")],
)
def test_labels_must_be_there_and_vary(y, sentence):
    x = np.arange(3.0)
    recorder = Recorder(train=(x, y), test=(x, x))
    recorder.add(0, train=x, test=x)
    recorder.add(1, train=x, test=x)
    with pytest.raises(ValueError, match=sentence):
        recorder.record().verdict()
