"""Fractions, intervals, thresholds and the measure of recovery, on known numbers."""

import dataclasses
import json

import numpy as np
import pytest
import xarray

import suffice.recovery as rec
from suffice.architectures import LinearSpec
from suffice.recovery._shared import first_reaching
from suffice.sweeps import wilson
from suffice.sweeps._plain import to_plain
from suffice.training import Outcome

R, F, S, O = (  # noqa: E741
    Outcome.recovered,
    Outcome.fitted,
    Outcome.stalled,
    Outcome.out_of_steps,
)


def results(outcomes, errors=None, status=2, share=1):
    """A data set as a store opens, over sizes 3, 4, ... and seeds."""
    outcomes = np.array(outcomes, np.uint8)
    errors = np.where(outcomes == R, 1e-9, 0.1) if errors is None else errors
    study = rec.Study(LinearSpec(3), rec.RandomNetwork(), rec.Random(3, share=share))
    dims = ("size", "seed")
    return xarray.Dataset(
        {
            "outcome": (dims, outcomes, {"sampling": "random"}),
            "test_error": (dims, errors),
            "status": (dims, np.broadcast_to(status, outcomes.shape)),
        },
        {
            "size": ("size", 3 + np.arange(len(outcomes)), {"field": "samples.size"}),
            "seed": np.arange(outcomes.shape[1]),
        },
        {"study": json.dumps(to_plain(study))},
    )


def test_undetermined_runs_widen_the_pair_and_the_interval():
    found = rec.summary(results([[R, R, F, O, S, F, F, F, F, F]]))
    at = found.isel(size=0)
    assert (int(at["runs"]), int(at["recovered"]), int(at["undetermined"])) == (
        10,
        2,
        2,
    )
    assert (float(at["fraction"]), float(at["fraction_most"])) == (0.2, 0.4)
    assert float(at["low"]) == pytest.approx(wilson(2, 10)[0])
    assert float(at["high"]) == pytest.approx(wilson(4, 10)[1])
    counts = at["outcomes"]
    assert int(counts.sel(outcome="fitted")) == 6
    assert int(counts.sum()) == 10
    assert found.attrs["sampling"] == "random"


def test_errors_and_unfinished_cells():
    errors = np.array([[1.0, 2.0, 6.0], [1.0, 1.0, 1.0]])
    status = np.array([[2, 2, 2], [1, 1, 3]])
    found = rec.summary(results([[F, F, F], [R, R, R]], errors, status))
    assert float(found["mean_error"][0]) == 3
    assert float(found["median_error"][0]) == 2
    assert int(found["runs"][1]) == 0
    assert np.isnan(found["fraction"][1])
    assert (float(found["low"][1]), float(found["high"][1])) == (0, 1)


def test_shared_samples_count_as_often_as_they_are_independent():
    """Groups that all succeed or all fail carry one run each; mixed ones carry all."""
    whole = rec.summary(results([[R, R, R, R, F, F, F, F] * 4], share=4))
    assert float(whole["design_effect"][0]) == pytest.approx(4)
    low, high = wilson(4, 8)
    assert float(whole["low"][0]) == pytest.approx(low)
    assert float(whole["high"][0]) == pytest.approx(high)
    rng = np.random.default_rng(0)
    mixed = np.where(rng.random((1, 400)) < 0.5, R, F)
    assert float(rec.summary(results(mixed, share=4))["design_effect"][0]) < 1.5
    plain = rec.summary(results([[R, R, R, R, F, F, F, F] * 4]))
    assert float(plain["design_effect"][0]) == 1


def test_one_group_is_one_run():
    """Five runs on the same samples tell as much as one, and no less."""
    one = rec.summary(results([[R, R, R, R, F], [R, R, R, R, R]], share=50))
    assert list(one["design_effect"].to_numpy()) == [5, 5]
    low, high = wilson(np.array([0.8, 1.0]), np.array([1.0, 1.0]))
    np.testing.assert_allclose(one["low"], low)
    np.testing.assert_allclose(one["high"], high)


def test_where_a_fraction_is_reached_for_good():
    table = [[F, F], [R, R], [F, F], [R, F], [R, R]]
    found = rec.summary(results(table))
    assert float(first_reaching(found, "size")) == 6
    assert float(first_reaching(found, "size", 0.9)) == 7
    never = rec.summary(results([[F, F]]))
    assert np.isnan(float(first_reaching(never, "size")))


def test_another_data_set_is_refused():
    with pytest.raises(ValueError, match="lacks outcome, seed, status, test_error"):
        rec.summary(xarray.Dataset({"loss": ("n", [1.0])}))


def test_null_sets_and_open_sets_of_starts_are_told_apart():
    rng = np.random.default_rng(3)
    distance = rng.random(4000)
    null = rec.tolerance_scaling(distance**2, tolerances=(1e-2, 1e-5))
    assert null.verdict == "measure zero"
    assert null.slope == pytest.approx(0.5, abs=0.15)
    some = np.where(rng.random(4000) < 0.3, 1e-11, distance**2)
    open_ = rec.tolerance_scaling(some)
    assert open_.verdict == "positive measure"
    assert open_.low <= open_.slope <= open_.high
    assert "positive probability" in str(open_)
    few = rec.tolerance_scaling(distance[:40] ** 2)
    assert few.verdict == "undecided"
    assert rec.tolerance_scaling(np.full(5, np.nan)).verdict == "undecided"
    with pytest.raises(ValueError, match="expected loose > tight"):
        rec.tolerance_scaling(distance, tolerances=(1e-8, 1e-5))
    with pytest.raises(ValueError, match="at least one run"):
        rec.tolerance_scaling(distance[:0])


@pytest.mark.slow
def test_a_threshold_takes_few_runs():
    """A linear model of four parameters: from four samples on, out of 2 to 9."""
    study = rec.Study(LinearSpec(4), rec.RandomNetwork(), rec.Random(size=4))
    found = rec.empirical_threshold(study, (2, 9), batch=16)
    assert found.value == 4
    assert found.runs <= 100
    shared = dataclasses.replace(study, samples=rec.Random(4, share=2))
    with pytest.raises(ValueError, match="not independent"):
        rec.empirical_threshold(shared, (2, 9))
