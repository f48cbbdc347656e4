"""The paper on global minima: cheap experiments, judged data, and the whole run."""

import numpy as np
import pytest
import xarray as xr

from suffice.papers import reproduce

QUICK = ("branches", "types")
# Claims of the paper that do not hold, by experiment.
WRONG = {"theorem-5-4-equality": 1}


@pytest.mark.parametrize("figure", QUICK)
def test_a_cheap_experiment_measures_judges_and_draws(figure, run, experiment, judged):
    data = experiment("global-minima", figure).measure(run)
    agrees = judged("global-minima", figure, data)
    assert agrees.count(False) == WRONG.get(figure, 0)
    assert None not in agrees


def counts(spurious):
    """Fits and spurious ones at 5, 6 and 7 samples, for two models."""
    table = [[[50, 60, 70], list(spurious[0])], [[50, 60, 70], list(spurious[1])]]
    models = ["no bias, 2 inputs", "bias, 1 input"]
    return xr.Dataset(
        {"count": (("model", "which", "n"), table)},
        {"model": models, "which": ["fits", "spurious"], "n": [5, 6, 7]},
    )


def test_spurious_zeros_are_counted_where_they_matter(experiment):
    judge = experiment("global-minima", "spurious").judge
    verdicts = [c.agrees for c in judge(counts(((9, 3, 0), (9, 0, 0))))]
    assert verdicts == [True, True, False]
    verdicts = [c.agrees for c in judge(counts(((9, 0, 0), (9, 1, 2))))]
    assert verdicts == [False, False, True]


def test_a_rate_is_judged_by_its_law(experiment):
    t = np.geomspace(1, 1e8, 20)
    shape = ("type", "seed")
    data = xr.Dataset(
        {
            "law": (
                shape,
                [["exponential"] * 2, ["exponential"] * 2, ["algebraic"] * 2],
            ),
            "value": (shape, [[0.2, 0.4], [0.2, 0.4], [2.0, 1.98]]),
            "slowest": (shape, [[0.1, 0.2], [0.1, 0.3], [0.0, 0.0]]),
            "miss": ((*shape, "t"), np.ones((3, 2, 1)) / t),
        },
        {"type": ["1; 1,1", "1; 2", "3; -"], "t": t},
    )
    judge = experiment("global-minima", "rates").judge
    own = [c.agrees for c in judge(data) if c.kind == "paper"]
    assert own == [True, True, True]
    here = [c.agrees for c in judge(data) if c.kind == "derived"]
    assert here == [True, False, True, True]
    data["law"][0, 0] = "algebraic"
    data["law"][2, 1] = "exponential"
    own = [c.agrees for c in judge(data) if c.kind == "paper"]
    assert own == [False, True, False]


def test_a_type_with_another_rank_or_dimension_would_be_seen(run, experiment):
    one = experiment("global-minima", "types")
    data = one.measure(run)
    assert [c.agrees for c in one.judge(data)] == [True] * 4
    data["rank"][5] += 1
    assert [c.agrees for c in one.judge(data)][2] is False
    data["dimension"][7] += 1
    assert next(c.agrees for c in one.judge(data)) is False


@pytest.mark.long
def test_only_the_claims_that_are_wrong_differ(tmp_path):
    found = reproduce("global-minima", tmp_path / "out")
    for drawing in found.drawings:
        own = [c for c in drawing.claims if c.kind == "paper"]
        differ = [c.statement for c in own if c.agrees is False]
        assert len(differ) == WRONG.get(drawing.name, 0), differ
