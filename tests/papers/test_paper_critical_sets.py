"""The paper on critical sets: cheap experiments, and the whole run."""

import pytest
from slow_cases import slow

from suffice.papers import reproduce

QUICK = "lemma-3-1", "example-3-2", "theorem-5-1-dimensions", "zero-set"
# Claims of the paper that do not hold, by experiment.
WRONG = {"lemma-3-1": 2, "example-3-2": 1, "zero-set": 2}


@pytest.mark.parametrize("figure", [*QUICK, *slow("tree")])
def test_a_cheap_experiment_measures_judges_and_draws(figure, run, experiment, judged):
    data = experiment("critical-sets", figure).measure(run)
    agrees = judged("critical-sets", figure, data)
    assert agrees.count(False) == WRONG.get(figure, 0)
    assert None not in agrees


@pytest.mark.long
def test_only_the_claims_that_are_wrong_differ(tmp_path):
    found = reproduce("critical-sets", tmp_path / "out")
    for drawing in found.drawings:
        differ = [c.statement for c in drawing.claims if c.agrees is False]
        assert len(differ) == WRONG.get(drawing.name, 0), differ
