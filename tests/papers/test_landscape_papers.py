"""The papers on critical sets and global minima: cheap experiments, and whole runs."""

import numpy as np
import pytest
import xarray as xr

from suffice.papers import paper, reproduce, Run
from suffice.report import styled

QUICK = {
    "critical-sets": (
        "lemma-3-1",
        "example-3-2",
        "theorem-5-1-dimensions",
        "zero-set",
        "tree",
    ),
    "global-minima": ("branches", "types"),
}
WRONG = {  # claims that the papers make and that do not hold
    "lemma-3-1": 2,
    "example-3-2": 1,
    "zero-set": 2,
    "theorem-5-4-equality": 1,
    "merged": 1,
    "spurious": 1,
}


def experiment(name, figure):
    return next(e for e in paper(name).experiments if e.name == figure)


def quick(tmp_path):
    return Run(False, tmp_path, lambda sentence: None)


@pytest.mark.parametrize(
    ("name", "figure"), [(n, f) for n, figures in QUICK.items() for f in figures]
)
def test_a_cheap_experiment_measures_judges_and_draws(name, figure, tmp_path):
    one = experiment(name, figure)
    data = one.measure(quick(tmp_path))
    claims = list(one.judge(data))
    differ = [claim for claim in claims if claim.agrees is False]
    assert len(differ) == WRONG.get(figure, 0)
    assert all(claim.remark for claim in differ)
    assert None not in [claim.agrees for claim in claims]
    with styled():
        assert one.draw(data).axes


def counts(spurious):
    """Fits and spurious ones at 5, 6 and 7 samples, for two models."""
    table = [[[50, 60, 70], list(spurious[0])], [[50, 60, 70], list(spurious[1])]]
    models = ["no bias, 2 inputs", "bias, 1 input"]
    return xr.Dataset(
        {"count": (("model", "which", "n"), table)},
        {"model": models, "which": ["fits", "spurious"], "n": [5, 6, 7]},
    )


def test_spurious_zeros_are_counted_where_they_matter():
    judge = experiment("global-minima", "spurious").judge
    verdicts = [c.agrees for c in judge(counts(((9, 3, 0), (9, 0, 0))))]
    assert verdicts == [True, True, False]
    verdicts = [c.agrees for c in judge(counts(((9, 0, 0), (9, 1, 2))))]
    assert verdicts == [False, False, True]


def test_a_rate_is_judged_by_its_law():
    t = np.geomspace(1, 1e8, 20)
    shape = ("type", "seed")
    data = xr.Dataset(
        {
            "law": (shape, [["exponential"] * 2, ["exponential"] * 2, ["power"] * 2]),
            "value": (shape, [[0.2, 0.4], [0.2, 0.4], [2.0, 1.98]]),
            "slowest": (shape, [[0.1, 0.2], [0.1, 0.3], [0.0, 0.0]]),
            "miss": ((*shape, "t"), np.ones((3, 2, 1)) / t),
        },
        {"type": ["1; 1,1", "1; 2", "3; -"], "t": t},
    )
    judge = experiment("global-minima", "rates").judge
    assert [c.agrees for c in judge(data)] == [True, False, True, True]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("critical-sets", marks=pytest.mark.long),
        pytest.param("global-minima", marks=pytest.mark.slow),
    ],
)
def test_only_the_claims_that_are_wrong_differ(name, tmp_path):
    found = reproduce(name, tmp_path / "out")
    for drawing in found.drawings:
        differ = [c.statement for c in drawing.claims if c.agrees is False]
        assert len(differ) == WRONG.get(drawing.name, 0), differ
