"""The paper on matching: judged data, exact bounds, and the whole run."""

import jax
import numpy as np
import pytest
import xarray as xr

from suffice.papers import reproduce
from suffice.papers._paper import Run
from suffice.papers.matching._chains import studies as chain_studies
from suffice.papers.matching._noise import studies as noise_studies
from suffice.papers.matching._paired import above_zero, paired_interval
from suffice.papers.matching._wired import wired
from suffice.reasoning import ChainTask
from suffice.reasoning._analyses._loss import answers
from suffice.sweeps._plain import from_plain, to_plain


def chains(post, pre):
    """Two steps after and before the norm, and one step at three rates."""
    names = [f"one {rate}" for rate in (0.3, 0.5, 0.8)] + ["two post", "two pre"]
    outside = np.full((5, len(post)), 0.97)
    outside[3], outside[4] = post, pre
    columns = dict.fromkeys(
        ("inside", "match", "match_random"), np.full_like(outside, 0.9)
    )
    columns |= {"outside": outside, "attention_outside": outside}
    data = {name: (("case", "seed"), values) for name, values in columns.items()}
    return xr.Dataset(data, {"case": names}, {"chance": 1 / 41, "full": 1})


def test_one_run_each_does_not_decide_where_to_normalise(judged):
    def decided(post, pre):
        return judged("matching", "chains", chains(post, pre))[-1]

    assert decided([0.97], [0.01]) is None
    assert decided([0.97, 0.95, 0.96], [0.01, 0.02, 0.01]) is True
    assert decided([0.01, 0.02, 0.01], [0.97, 0.95, 0.96]) is False
    assert decided([0.97, 0.1, 0.5], [0.01, 0.3, 0.2]) is None


def noises(gained):
    """Runs of a baseline, of serial and of identity matrices along three records."""
    base = np.linspace(0.1, 0.2, 4)[:, None] + np.zeros(3)
    rows = np.stack([base, base + np.array(gained)[:, None], base - 0.05])
    data = {"outside": (("variant", "run", "time"), rows)}
    names = ["none", "serial", "identity"]
    return xr.Dataset(data, {"variant": names}, {"draws": 1, "full": 1})


def test_matrices_help_where_every_interval_says_so(judged):
    def decided(*gained):
        return judged("matching", "orthogonal-noise", noises(gained))

    assert decided(0.7, 0.6, 0.8, 0.5) == [True, True]
    assert decided(0.7, -0.6, 0.8, -0.5) == [None, True]
    assert decided(-0.5, -0.6, -0.5, -0.4) == [False, True]


def test_paired_intervals_cover_as_they_say():
    rng = np.random.default_rng(0)
    ends = [paired_interval(rng.standard_normal(4)) for _ in range(2000)]
    covered = np.mean([low <= 0 <= high for low, high in ends])
    assert 0.935 < covered < 0.965  # three standard errors
    assert paired_interval(np.array([0.3])) == (-np.inf, np.inf)
    assert above_zero(np.array([0.3])) is None


@pytest.mark.slow
def test_the_wired_network_takes_a_step():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    batch = task.batch(jax.random.key(0), 100, "test")
    right = answers(wired(256, 1), batch.tokens) == batch.label
    assert right.mean() > 0.98


@pytest.mark.long
def test_the_bounds_on_steps_are_exact(tmp_path, judged, experiment):
    one = experiment("matching", "parallel")
    data = one.measure(Run(False, tmp_path / "parallel"))
    count = data["count"].sel(layers=3)
    assert count[count > 0].values.tolist() == [480, 240]
    assert judged("matching", "parallel", data) == [True] * 4


@pytest.mark.parametrize("full", [False, True])
def test_studies_survive_their_plain_form(full):
    for one in [*chain_studies(full).values(), *noise_studies(full).values()]:
        assert from_plain(type(one), to_plain(one)) == one


@pytest.mark.long
def test_the_whole_paper_is_rerun(tmp_path):
    found = reproduce("matching", tmp_path / "matching")
    assert found.count("agrees") >= 6
    assert found.count("agrees", "check") == 4
    assert all(claim.remark for claim in found.claims if claim.agrees is False)
