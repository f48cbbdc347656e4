"""The paper on critical sets: cheap experiments, and the whole run."""

import pytest
from slow_cases import slow

from suffice.papers import reproduce

QUICK = "lemma-3-1", "example-3-2", "theorem-5-1-dimensions", "zero-set"
# Claims of the paper that do not hold, by experiment.
WRONG = {"lemma-3-1": 2, "example-3-2": 1}


@pytest.mark.parametrize("figure", [*QUICK, *slow("tree")])
def test_a_cheap_experiment_measures_judges_and_draws(
    figure, run, experiment, judged, verdicts
):
    data = experiment("critical-sets", figure).measure(run)
    agrees = judged("critical-sets", figure, data)
    assert None not in agrees
    own = verdicts(experiment("critical-sets", figure), data, "paper")
    assert own.count("differs") == WRONG.get(figure, 0)


def test_branches_are_joined_by_the_zero_set_that_is_measured(
    run, experiment, verdicts
):
    """One component for two crossings, none for two isolated neurons."""
    one = experiment("critical-sets", "zero-set")
    data = one.measure(run)
    assert (data.component.sel(definite=2) == -1).all()
    assert len(set(data.component.sel(definite=0).values.tolist())) == 1
    assert (data.component.sel(definite=0) >= 0).all()
    assert verdicts(one, data, "reading") == ["differs", "differs", "agrees"]


@pytest.mark.long
def test_only_the_claims_that_are_wrong_differ(tmp_path):
    found = reproduce("critical-sets", tmp_path / "out")
    for drawing in found.drawings:
        own = [c for c in drawing.claims if c.kind == "paper"]
        differ = [c.statement for c in own if c.agrees is False]
        assert len(differ) == WRONG.get(drawing.name, 0), differ
