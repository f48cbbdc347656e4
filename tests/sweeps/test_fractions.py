"""Intervals of fractions, thresholds from few runs, monotone fits."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from suffice.sweeps import find_threshold, monotone_fit, wilson
from suffice.sweeps._fractions._threshold import log_evidence


def test_wilson_is_the_interval_of_scipy_between_the_ends():
    for k, n in [(1, 10), (5, 10), (9, 10), (24, 400), (399, 400)]:
        known = binomtest(k, n).proportion_ci(0.95, method="wilson")
        assert np.allclose(wilson(k, n), (known.low, known.high), atol=1e-12)


def test_the_ends_are_exact_and_inside():
    low, high = wilson([0, 24, 0], [10, 24, 0])
    assert np.allclose(high, [1 - 0.05**0.1, 1, 1])
    assert np.allclose(low, [0, 0.05 ** (1 / 24), 0])
    k = np.arange(201)
    low, high = wilson(k, 200, confidence=0.999)
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= k / 200).all()
    assert (k / 200 <= high).all()
    assert (np.diff(low) > -1e-12).all()


def test_the_fraction_is_inside_with_less_than_one_trial():
    n = np.array([0.05, 0.5, 0.9, 1.5])
    low, high = wilson(0.98 * n, n)
    assert (low <= 0.98).all()
    assert (high >= 0.98).all()
    assert (np.diff(high - low) < 0).all()


def test_undecided_trials_widen_both_ways():
    low, high = wilson(3, 10, undecided=2)
    assert (low, high) == (wilson(3, 10)[0], wilson(5, 10)[1])


@pytest.mark.parametrize("p", [0.02, 0.3, 0.5, 0.93])
def test_wilson_covers_as_often_as_it_says(p):
    k = np.arange(201)
    low, high = wilson(k, 200)
    inside = (low <= p) & (p <= high)
    assert binom.pmf(k, 200, p)[inside].sum() > 0.93


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((11, 10), r"11 successes and 0 undecided among 10"),
        ((-1, 10), r"-1 successes"),
    ],
)
def test_contradicting_counts_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        wilson(*arguments)
    with pytest.raises(ValueError, match="confidence must lie between"):
        wilson(1, 2, confidence=95.0)


def transition(middle, slope):
    return lambda n: 1 / (1 + np.exp(-slope * (n - middle)))


def coin(p, seed):
    rng = np.random.default_rng(seed)
    return lambda n, seeds: rng.random(len(seeds)) < p(n)


PROBLEMS = [transition(middle, 2.5) for middle in (2.4, 4.5, 6.5, 9.4)]
PROBLEMS += [transition(6.8, 0.8), lambda n: 0.5, lambda n: 0.0, lambda n: 1.0]


def test_wrong_answers_are_as_rare_as_stated():
    """2000 simulated problems, bisected with an error of 5 percent each."""
    wrong = 0
    for seed in range(250):
        for p in PROBLEMS:
            found = find_threshold(coin(p, seed), (2, 12), limit=60, batch=4)
            truth = next((n for n in range(2, 13) if p(n) >= 0.5), 13)
            wrong += not found.low <= truth <= found.high
    assert wrong / 2000 <= 0.05
    assert wrong <= binom.ppf(1 - 1e-6, 2000, 0.05)


def test_looking_after_every_trial_is_paid_for():
    """At p = q the test errs at most as stated; a z-test, the control, far more."""
    t = np.arange(1, 501)
    k = np.cumsum(np.random.default_rng(0).random((2000, 500)) < 0.5, axis=1)
    stopped = (log_evidence(k, t, 0.5) >= np.log(1 / 0.05)).any(1)
    assert stopped.sum() <= binom.ppf(1 - 1e-6, 2000, 0.05)
    naive = (np.abs(k - t / 2) > 1.96 * np.sqrt(t) / 2).any(1)
    assert naive.mean() > 0.4


def test_the_evidence_is_a_martingale():
    """Its mean under p = q is 1 after any number of trials."""
    for q in (0.1, 0.5, 0.9):
        for t in (1, 7, 40):
            k = np.arange(t + 1)
            mean = (
                binom.pmf(k, t, q) * np.exp(log_evidence(k, np.full_like(k, t), q))
            ).sum()
            assert mean == pytest.approx(1, rel=1e-10)


def test_a_sharp_transition_costs_some_sixty_runs():
    runs = [
        find_threshold(coin(transition(5.5, 4.0), seed), (2, 12)).runs
        for seed in range(300)
    ]
    assert np.mean(runs) < 70
    assert np.percentile(runs, 95) < 120
    assert 4400 / np.mean(runs) > 60  # a grid of 11 sizes and 400 runs


def test_a_threshold_beyond_the_last_size_is_said():
    found = find_threshold(coin(lambda n: 0.0, 0), (2, 12))
    assert (found.value, found.low, found.high) == (None, 13, 13)
    assert str(found).startswith("No n up to 12 reaches success probability 0.5")


def test_a_probability_close_to_q_is_an_interval():
    p = {4: 0.0, 5: 0.5, 6: 1.0}
    found = find_threshold(coin(p.get, 3), (4, 6), limit=100)
    assert found.undecided == (5,)
    assert (found.value, found.low, found.high) == (None, 5, 6)
    assert found.trials[5] == 100
    assert "Undecided: the first n" in found.headline()


def test_batches_change_the_cost_and_not_the_answer():
    one = find_threshold(coin(transition(5.5, 6), 0), (2, 12))
    many = find_threshold(coin(transition(5.5, 6), 0), (2, 12), batch=16)
    assert one.value == many.value == 6
    assert one.runs < many.runs
    assert all(trials % 16 == 0 for trials in many.trials.values())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"q": 1.0}, "q must lie between 0 and 1"),
        ({"error": 0.0}, "error must lie between 0 and 1"),
        ({"sizes": (5, 2)}, "first <= last"),
        ({"trial": lambda n, seeds: np.ones(3)}, "one truth value per seed"),
    ],
)
def test_impossible_questions_are_refused(change, sentence):
    arguments = {"trial": coin(lambda n: 1.0, 0), "sizes": (2, 4), **change}
    with pytest.raises(ValueError, match=sentence):
        find_threshold(arguments.pop("trial"), arguments.pop("sizes"), **arguments)


def test_adjacent_violators_are_pooled():
    fit = monotone_fit([1, 2, 3, 4], [0, 6, 4, 10], [10, 10, 10, 10])
    assert np.allclose(fit.fitted, [0, 0.5, 0.5, 1])
    assert (fit.low <= fit.fitted).all()
    assert (fit.fitted <= fit.high).all()
    assert fit.threshold(0.5)[0] == 2
    assert fit.misfit < 1


def test_a_falling_probability_is_seen():
    fit = monotone_fit([1, 2], [95, 5], [100, 100])
    assert fit.misfit > 5


def test_the_band_covers():
    sizes, p = np.arange(2, 9), transition(5, 1.0)
    rng, inside = np.random.default_rng(0), []
    for _ in range(60):
        k = rng.binomial(40, p(sizes))
        fit = monotone_fit(sizes, k, np.full(7, 40), resamples=200)
        inside.append((fit.low <= p(sizes)) & (p(sizes) <= fit.high))
    assert np.mean(inside) > 0.9


def test_flawed_counts_are_refused():
    with pytest.raises(ValueError, match="increasing sizes"):
        monotone_fit([2, 1], [1, 1], [2, 2])
    with pytest.raises(ValueError, match="trials >= 1"):
        monotone_fit([1, 2], [0, 1], [0, 2])
