"""Constructed curves with their right verdicts, written before the rules.

Losses are in units of the loss of the best constant prediction. Every case is a
function of the steps, so that the same run can be recorded at other steps.
"""

import numpy as np

LOG = np.array([0, *np.unique(np.geomspace(1, 20000, 90).astype(int))], float)
LINEAR = np.arange(0, 20001, 100.0)
FEW = np.array([0.0, 5000, 10000])


def falls(when, low=1e-28, high=1.0, power=4.0):
    """A loss from `high` to `low` that passes a tenth of `high` at a step."""
    return lambda t: low + (high - low) / (1 + 9 * (t / when) ** power)


def steps(*levels):
    """A loss that takes each level from a step on: `(0, 1.0), (100, 0.1), ...`."""
    starts, values = zip(*levels, strict=True)
    return lambda t: np.asarray(values)[np.searchsorted(starts, t, side="right") - 1]


def noisy(curve, size, seed=0, after=0):
    def values(t):
        rng = np.random.default_rng(seed)
        return curve(t) * np.exp(size * (t > after) * rng.standard_normal(len(t)))

    return values


def spiked(curve, places, height):
    """The curve with single records at another value; places count from the end."""

    def values(t):
        changed = np.array(curve(t), float)
        changed[[-place for place in places]] = height
        return changed

    return values


def ended(curve, when):
    """The curve, not a number from a step on."""
    return lambda t: np.where(t < when, curve(t), np.nan)


def constant(value):
    return lambda t: value + 0.0 * t


# name: (word, training loss, test loss, steps)
REGRESSION = {
    "test follows train": ("none", falls(100), falls(110), LOG),
    "together, from a large start": (
        "none",
        falls(100, high=400),
        falls(100, high=400),
        LOG,
    ),
    "together, at steps of equal length": ("none", falls(3000), falls(3300), LINEAR),
    "test has a floor": ("none", falls(100), falls(100, low=0.3), LOG),
    "noise about the level of the training loss": (
        "none",
        noisy(falls(100, low=0.08), 0.3),
        falls(100, low=0.05),
        LOG,
    ),
    "noise about the level of the test loss": (
        "none",
        falls(100),
        noisy(falls(100, low=0.08), 0.3, seed=1, after=60),
        LOG,
    ),
    "fitted and known from the start": ("none", constant(1e-3), constant(2e-3), LOG),
    "zero from the start": ("none", constant(0.0), constant(0.0), LOG),
    "a spike of both near the end": (
        "none",
        spiked(falls(100), [5], 3.0),
        spiked(falls(100), [5], 3.0),
        LOG,
    ),
    "a spike at the last record": (
        "none",
        spiked(falls(100), [1], 3.0),
        spiked(falls(100), [1], 3.0),
        LOG,
    ),
    "both rise at first": (
        "none",
        lambda t: falls(200)(t) + 0.5 * (t > 3) * (t < 40),
        lambda t: falls(200)(t) + 0.5 * (t > 3) * (t < 40),
        LOG,
    ),
    "memorised at 43 variances": (
        "memorised",
        falls(60, high=600),
        falls(60, low=43, high=600),
        LOG,
    ),
    "memorised, the test loss rises": (
        "memorised",
        falls(60, high=5),
        steps((0, 5.0), (60, 43.0)),
        LOG,
    ),
    "memorised at chance": ("memorised", falls(60), constant(1.0), LOG),
    "memorised, a single good record": (
        "memorised",
        falls(60),
        spiked(constant(3.0), [20], 0.01),
        LOG,
    ),
    "memorised from a start that is fitted": (
        "memorised",
        constant(1e-4),
        constant(2.0),
        LOG,
    ),
    "memorised after a fall of the test loss from 400 to 9.5 variances": (
        "memorised",
        falls(60, high=400),
        steps((0, 400.0), (50, 9.5)),
        LOG,
    ),
    "stuck at 9.5 variances, generalises at 10,000": (
        "delayed",
        falls(60, high=400),
        steps((0, 400.0), (50, 9.5), (10000, 0.01)),
        LOG,
    ),
    "delayed": ("delayed", falls(100), falls(2000), LOG),
    "delayed, at steps of equal length": ("delayed", falls(900), falls(9000), LINEAR),
    "delayed from a start that is fitted": (
        "delayed",
        constant(1e-3),
        falls(3000),
        LOG,
    ),
    "delayed, with a spike between": (
        "delayed",
        falls(100),
        spiked(falls(2000), [40], 1e-3),
        LOG,
    ),
    "the test loss rises first": (
        "ascent",
        falls(200),
        lambda t: falls(250)(t) + 0.2 * (t > 9) * (t < 60),
        LOG,
    ),
    "the test loss rises first and generalises late": (
        "both",
        falls(200),
        lambda t: falls(2500)(t) + 0.2 * (t > 9) * (t < 60),
        LOG,
    ),
    "dips, then rises for good": (
        "overfits",
        falls(1000),
        steps((0, 1.0), (50, 0.3), (400, 1.5)),
        LOG,
    ),
    "dips a little, then rises for good": (
        "overfits",
        falls(1000),
        steps((0, 1.0), (50, 0.6), (400, 2.0)),
        LOG,
    ),
    "dips from a large start, then rises to a half": (
        "overfits",
        falls(1000, high=70),
        steps((0, 70.0), (50, 0.3), (400, 0.55)),
        LOG,
    ),
    "collapses after generalising": (
        "collapsed",
        steps((0, 1.0), (100, 1e-4), (8000, 0.9)),
        steps((0, 1.0), (150, 1e-3), (8000, 1.4)),
        LOG,
    ),
    "the test loss alone collapses": (
        "collapsed",
        falls(100),
        steps((0, 1.0), (150, 1e-3), (8000, 6.0)),
        LOG,
    ),
    "generalises, collapses, and generalises again": (
        "both",
        falls(100),
        steps((0, 1.0), (150, 1e-3), (3000, 6.0), (6000, 1e-3)),
        LOG,
    ),
    "loses what it knew for a while, and knows it again": (
        "delayed",
        falls(100),
        steps((0, 1.0), (150, 1e-3), (3000, 0.9), (6000, 1e-3)),
        LOG,
    ),
    "never fitted": ("undecided", constant(0.9), constant(0.95), LOG),
    "fitted at the last record only": (
        "undecided",
        steps((0, 1.0), (20000, 1e-3)),
        constant(1.0),
        LOG,
    ),
    "fitted and known at the last record only": (
        "undecided",
        steps((0, 1.0), (20000, 1e-3)),
        steps((0, 1.0), (20000, 1e-3)),
        LOG,
    ),
    "fitted shortly before the end": ("undecided", falls(15000), constant(9.0), LOG),
    "fitted, and the test loss still falls": (
        "undecided",
        falls(100),
        lambda t: 43 - 2e-3 * t,
        LOG,
    ),
    "fitted, and the test loss is small at the last record only": (
        "undecided",
        falls(100),
        steps((0, 43.0), (20000, 1e-3)),
        LOG,
    ),
    "crossed early and left again": (
        "undecided",
        spiked(constant(0.9), [50, 49], 0.05),
        constant(1.0),
        LOG,
    ),
    "two records": ("undecided", falls(100), falls(100), FEW[::2]),
    "records too far apart": ("undecided", falls(100), falls(4000, power=8), FEW),
    "the training loss is lost at the end": (
        "undecided",
        steps((0, 1.0), (100, 1e-3), (15000, 0.8)),
        constant(1.5),
        LOG,
    ),
    "not a number at the end": (
        "diverged",
        ended(falls(100), 15000),
        ended(falls(100), 15000),
        LOG,
    ),
    "infinite": ("diverged", falls(100), lambda t: np.where(t > 50, np.inf, 1.0), LOG),
}


def rises(when, low=0.1, high=1.0):
    return lambda t: np.where(t >= when, high, low)


CROSS_ENTROPY = steps((0, 1.0), (50, 0.1), (500, 1e-4))
# name: (word, training accuracy, test accuracy, training loss, test loss); chance 0.1
CLASSES = {
    "digits with cross-entropy": (
        "none",
        rises(300),
        rises(200, high=0.967),
        CROSS_ENTROPY,
        steps((0, 1.0), (50, 0.2), (500, 0.07)),
    ),
    "the loss rises from confidence, the accuracy stays": (
        "none",
        rises(300),
        rises(200, high=0.9),
        CROSS_ENTROPY,
        steps((0, 1.0), (50, 0.2), (5000, 0.8)),
    ),
    "modular addition": (
        "delayed",
        rises(243),
        rises(5622),
        CROSS_ENTROPY,
        steps((0, 1.0), (5622, 0.01)),
    ),
    "modular addition, generalised near the end": (
        "delayed",
        rises(243),
        rises(15000),
        CROSS_ENTROPY,
        steps((0, 1.0), (15000, 0.01)),
    ),
    "modular addition, generalised at the last record only": (
        "undecided",
        rises(243),
        rises(19000),
        CROSS_ENTROPY,
        steps((0, 1.0), (19000, 0.01)),
    ),
    "modular addition, the loss rises first": (
        "both",
        rises(243),
        rises(5622),
        CROSS_ENTROPY,
        steps((0, 1.0), (100, 5.0), (5622, 0.01)),
    ),
    "an accuracy between, and settled": (
        "none",
        rises(85),
        rises(20, high=0.87),
        CROSS_ENTROPY,
        steps((0, 1.0), (20, 0.3)),
    ),
    "memorised": (
        "memorised",
        rises(2907),
        rises(3, 0.14, 0.17),
        CROSS_ENTROPY,
        constant(1.0),
    ),
    "rising to the end, above half": (
        "delayed",
        rises(100),
        lambda t: 0.14 + 0.6 * t / 20000,
        CROSS_ENTROPY,
        constant(1.0),
    ),
    "rising to the end, below half": (
        "undecided",
        rises(100),
        lambda t: 0.14 + 0.3 * t / 20000,
        CROSS_ENTROPY,
        constant(1.0),
    ),
    "dips with noisy labels": (
        "overfits",
        rises(3000),
        steps((0, 0.1), (100, 0.95), (1500, 0.7)),
        CROSS_ENTROPY,
        constant(1.0),
    ),
    "collapses": (
        "collapsed",
        steps((0, 0.1), (100, 1.0), (9000, 0.3)),
        steps((0, 0.1), (200, 0.97), (9000, 0.25)),
        steps((0, 1.0), (100, 1e-3), (9000, 0.8)),
        steps((0, 1.0), (100, 1e-2), (9000, 0.9)),
    ),
    "noise about the training accuracy": (
        "none",
        lambda t: np.where(t < 100, 0.1, 0.99 + 0.004 * (-1) ** np.arange(len(t))),
        rises(90, high=0.95),
        CROSS_ENTROPY,
        steps((0, 1.0), (90, 0.1)),
    ),
    "a training accuracy that never arrives": (
        "undecided",
        rises(100, high=0.9),
        rises(100, high=0.88),
        constant(0.3),
        constant(0.3),
    ),
    "known from the start": (
        "none",
        constant(1.0),
        constant(0.96),
        constant(1e-3),
        constant(0.05),
    ),
}
