"""The paper on composite functions: judged data, its studies, and the whole run."""

import json

import numpy as np
import pytest
import xarray as xr

from suffice.papers import reproduce
from suffice.papers.composition._circuits import looked_into
from suffice.papers.composition._runs import study
from suffice.reasoning import AnchorTask, Decoder, phases
from suffice.sweeps._plain import from_plain, to_plain
from suffice.sweeps._store._dataset import DONE
from suffice.training import member

KINDS = {  # inferential, symmetric, commutativity, mechanism, vectors
    "inferential": (0.95, 0.0, 0.9, 0.9, 0.95),
    "symmetric": (0.05, 0.95, 0.9, -0.9, 0.6),
    "memorising": (0.1, 0.0, 0.3, 0.1, 0.6),
    "crossed": (0.95, 0.0, 0.9, -0.9, 0.6),
}


COLUMNS = "inferential", "symmetric", "commutativity", "mechanism", "answer_vectors"


def study_of(kinds, preset="both-masked", fit=1.0, full=1):
    """Runs of named kinds: from (rate, layers) to one kind a seed, as phases names."""
    rates, depths = (sorted({place[i] for place in kinds}) for i in range(2))
    table = [[kinds[rate, layers] for layers in depths] for rate in rates]
    jitter = np.linspace(0, 0.04, np.shape(table)[2])
    shares = np.array([[[KINDS[k] for k in s] for s in row] for row in table])
    columns = dict(
        zip(COLUMNS, np.moveaxis(shares + jitter[:, None], -1, 0), strict=True)
    )
    columns["flow_seen"] = columns["mechanism"]
    columns["anchor_vectors"] = columns["answer_vectors"]
    data = xr.Dataset(
        {name: (("rate", "layers", "seed"), found) for name, found in columns.items()},
        {"rate": rates, "layers": depths},
    ).assign_attrs(preset=preset, study=json.dumps({"task": {"preset": preset}}))
    worst = xr.full_like(data["inferential"], fit)
    done = xr.full_like(worst, DONE, dtype=int)
    data = data.assign(worst=worst, seen=worst)
    named = phases(data.expand_dims(time=2).assign(status=done))
    kept = data.assign(named[["phase", "route"]])
    about = {k: v for k, v in named.attrs.items() if k != "study"}
    return kept.assign_attrs(about, full=full)


def two_rates(low, high, **about):
    return study_of({(0.3, 2): low, (1.0, 2): high}, **about)


IDEAL = ["memorising"] * 5, ["inferential"] * 5


def test_phases_are_judged_by_every_run(judged):
    assert judged("composition", "figure-2", two_rates(*IDEAL)) == [True] * 3
    turned = two_rates(*IDEAL[::-1])
    assert judged("composition", "figure-2", turned) == [False, False, False]
    small = two_rates(*IDEAL[::-1], full=0)
    assert judged("composition", "figure-2", small) == [None] * 3
    mixed = two_rates(IDEAL[0], ["inferential"] + ["memorising"] * 4)
    assert judged("composition", "figure-2", mixed) == [None, True, None]
    unfit = two_rates(*IDEAL, fit=0.89)
    assert judged("composition", "figure-2", unfit) == [True, None, None]


def test_routes_are_judged_by_every_run_and_no_lucky_one(judged):
    ideal = two_rates(["symmetric"] * 5, ["inferential"] * 5)
    assert judged("composition", "figures-4-5", ideal) == [True] * 4
    turned = two_rates(["inferential"] * 5, ["symmetric"] * 5)
    assert judged("composition", "figures-4-5", turned) == [False, True, True, True]
    lucky = two_rates(["symmetric"] * 5, ["inferential"] + ["symmetric"] * 4)
    assert judged("composition", "figures-4-5", lucky)[0] is None
    unfit = two_rates(["symmetric"] * 5, ["inferential"] * 5, fit=0.89)
    assert judged("composition", "figures-4-5", unfit) == [None] * 4
    crossed = two_rates(["symmetric"] * 5, ["crossed"] * 5)
    assert judged("composition", "figures-4-5", crossed)[3] is False
    small = two_rates(["symmetric"] * 5, ["crossed"] * 5, full=0)
    assert judged("composition", "figures-4-5", small)[3] is None


def test_a_score_near_zero_takes_no_side(judged):
    both = two_rates(["memorising"] * 5, ["memorising"] * 5)
    assert judged("composition", "figures-4-5", both) == [None] * 4


def test_the_full_grid_of_ideal_runs_agrees_at_every_depth(judged):
    """With the exception an inferring transformer hardly commutes, and need not."""
    rates, depths = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (2, 5, 7)
    kind = dict.fromkeys(rates[:2], "memorising") | dict.fromkeys(
        rates[2:4], "symmetric"
    )
    grid = {(r, d): [kind.get(r, "inferential")] * 3 for r in rates for d in depths}
    data = study_of(grid, preset="exception")
    assert judged("composition", "figure-2", data) == [True] * 3
    assert judged("composition", "figures-4-5", data) == [True] * 4
    deep = {
        place: found if place[1] < 7 else found[::-1] for place, found in grid.items()
    }
    deep |= {(r, 7): ["memorising"] * 3 for r in rates}
    assert judged("composition", "figure-2", study_of(deep, "exception"))[0] is None


def complexity(condensed):
    """Five runs each at two rates, along three records."""
    ends = {
        "condensed": condensed,
        "stable_rank": (7.0, 1.1),
        "participation": (20.0, 4.0),
        "ordinality": (0.3, 0.9),
    }
    spread = np.linspace(0, 0.05, 5)
    dims = ("rate", "layers", "seed", "time")
    columns = {
        name: (dims, np.array(v)[:, None, None, None] + spread[:, None] + np.zeros(3))
        for name, v in ends.items()
    }
    return xr.Dataset(columns, {"rate": [0.3, 1.0], "layers": [2]}, {"full": 1})


def test_complexity_separates_in_every_run_or_not(judged):
    data = complexity((0.0, 0.8))
    assert judged("composition", "figure-6", data) == [True] * 4
    data["condensed"][0, 0, 0, -1] = 0.9  # one run from a large start is condensed
    assert judged("composition", "figure-6", data) == [False, True, True, True]
    small = data.assign_attrs(full=0)
    assert judged("composition", "figure-6", small) == [None, True, True, True]


def circuits(large, small, mechanism):
    """Symmetric answers of two runs at a rate; all others are inferential."""
    symmetric = np.array([*large, *small])
    data = {
        "symmetric": symmetric,
        "inferential": 1 - symmetric,
        "mechanism": np.full(4, mechanism),
        "flow_seen": np.full(4, mechanism),
        "seen": np.ones(4),
    }
    names = [f"γ {rate}, seed {seed}" for rate in (0.5, 1) for seed in (0, 1)]
    return xr.Dataset(
        {name: ("run", values) for name, values in data.items()}
        | {
            "edges": (("run", "layer", "edge"), np.full((4, 2, 6), 0.5)),
            "deviation": (("run", "off"), np.full((4, 25), 0.04)),
        },
        {
            "run": names,
            "rate": ("run", [0.5, 0.5, 1.0, 1.0]),
            "edge": list("abcdef"),
            "off": np.arange(-12, 13),
        },
        {"length": 5, "full": 1},
    )


def test_single_transformers_differ_in_the_rate_alone(judged):
    parting = circuits([1.0, 1.0], [0.0, 0.0], -1.0)
    assert judged("composition", "figure-3", parting) == [True] * 3
    alike = circuits([1.0, 1.0], [1.0, 1.0], -1.0)
    assert judged("composition", "figure-3", alike) == [True, False, True]
    mixed = circuits([1.0, 0.4], [0.0, 1.0], 1.0)
    assert judged("composition", "figure-3", mixed) == [False, None, False]
    small = mixed.assign_attrs(full=0)
    assert judged("composition", "figure-3", small) == [None, None, None]
    assert judged("composition", "figure-3", circuits([0, 0], [0, 0], 1.0))[2] is None


@pytest.mark.slow
def test_a_transformer_is_looked_into():
    task = AnchorTask.exception(length=5)
    model = member(Decoder(2, 8, 8).build(201, 5, np.arange(1), 0), 0)
    found = looked_into(model, task, size=50)
    assert found["edges"].shape == (2, 6)
    assert 0 <= float(found["deviation"].sum()) <= 1
    assert -1 <= float(found["flow_seen"]) <= 1


@pytest.mark.parametrize("full", [False, True])
def test_studies_survive_their_plain_form(full):
    for one in [study(full)]:
        assert from_plain(type(one), to_plain(one)) == one


@pytest.mark.long
def test_the_whole_paper_is_rerun(tmp_path):
    found = reproduce("composition", tmp_path / "composition")
    assert found.count("agrees") >= 6
    assert found.count("differs") == 0
    assert all(claim.remark for claim in found.claims if claim.agrees is False)
