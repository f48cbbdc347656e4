"""The papers on composition and on matching: cheap parts, judged data, whole runs."""

import jax
import numpy as np
import pytest
import xarray as xr

from suffice.papers import paper, reproduce, Run
from suffice.papers._composition_circuits import looked_into
from suffice.papers._composition_runs import study
from suffice.papers._matching_chains import studies as chain_studies
from suffice.papers._matching_noise import studies as noise_studies
from suffice.papers._matching_wired import wired
from suffice.reasoning import AnchorTask, answers, ChainTask, Decoder
from suffice.report import styled
from suffice.sweeps import from_plain, to_plain
from suffice.training import member


def experiment(name, figure):
    return next(e for e in paper(name).experiments if e.name == figure)


def runs(inferential, mechanism, commutes=(0.4, 0.9)):
    """Five runs each at rates 0.3 and 1."""
    shares = np.array([[0.1, 0.2, 0.3, 0.2, 0.1], inferential])[:, None]
    spread = np.linspace(0, 0.05, 5)
    complexity = {
        "condensed": (0.0, 0.8),
        "stable_rank": (7.0, 1.1),
        "participation": (20.0, 4.0),
        "ordinality": (0.3, 0.9),
    }
    columns = {n: np.array(v)[:, None, None] + spread for n, v in complexity.items()}
    columns["commutativity"] = np.array(commutes)[:, None, None] + spread
    columns["inferential"], columns["seen"] = shares, np.ones((2, 1, 5))
    columns["mechanism"] = np.array([[1.0] * 5, mechanism])[:, None]
    dims = ("rate", "depth", "seed")
    return xr.Dataset(
        {name: (dims, values) for name, values in columns.items()},
        {"rate": [0.3, 1.0], "depth": [2]},
    )


def judged(name, figure, data):
    one = experiment(name, figure)
    with styled():
        assert one.draw(data).axes
    return [claim.agrees for claim in one.judge(data)]


def test_phases_are_judged_by_every_run():
    data = runs([0.9, 0.8, 0.7, 0.9, 0.8], [1.0] * 5)
    assert judged("composition", "figure-2", data) == [True, True, True, False]
    no = runs([0.1, 0.0, 0.0, 0.1, 0.05], [-1.0] * 5)
    assert judged("composition", "figure-2", no)[:3] == [False, True, None]


def test_complexity_separates_in_every_run_or_not():
    data = runs([0.9] * 5, [1.0] * 5)
    assert judged("composition", "figure-6", data) == [True] * 4
    data["condensed"][0, 0, 0] = 0.9  # one run from a large start is condensed
    assert judged("composition", "figure-6", data) == [False, True, True, True]


@pytest.mark.slow
def test_a_transformer_is_looked_into():
    task = AnchorTask.exception(length=5)
    model = member(Decoder(2, 8, 8).build(201, 5, np.arange(1), 0), 0)
    found = looked_into(model, task, size=50)
    assert found["edges"].shape == (2, 6)
    assert 0 <= float(found["deviation"].sum()) <= 1
    assert 0 <= float(found["anchor_vectors"]) <= 1


@pytest.mark.parametrize("full", [False, True])
def test_studies_of_both_papers_survive_their_plain_form(full):
    every = [study(full), *chain_studies(full).values(), *noise_studies(full).values()]
    for one in every:
        assert from_plain(type(one), to_plain(one)) == one


def test_the_wired_network_takes_a_step():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    batch = task.batch(jax.random.key(0), 100, "test")
    right = answers(wired(256, 1), batch.tokens) == batch.label
    assert right.mean() > 0.98


@pytest.mark.long
def test_the_bounds_on_steps_are_exact(tmp_path):
    one = experiment("matching", "parallel")
    data = one.measure(Run(False, tmp_path / "parallel", lambda sentence: None))
    count = data["count"].sel(layers=3)
    assert count[count > 0].values.tolist() == [480, 240]
    assert judged("matching", "parallel", data) == [True] * 4


@pytest.mark.long
@pytest.mark.parametrize("name", ["composition", "matching"])
def test_a_whole_paper_is_rerun(name, tmp_path):
    found = reproduce(name, tmp_path / name)
    assert found.count("agrees") >= 10
    assert all(claim.remark for claim in found.claims if claim.agrees is False)
