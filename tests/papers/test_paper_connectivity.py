"""The paper on connectivity: its claims hold, and would not hold on other numbers."""

import numpy as np
import pytest
import xarray as xr

from suffice.papers import reproduce
from suffice.papers.connectivity._bias import FIGURE_1
from suffice.papers.connectivity._blocks import FIGURE_4, patterns
from suffice.papers.connectivity._larger import TEN_BY_TEN
from suffice.papers.connectivity._levels import one_missing, target
from suffice.papers.connectivity._problems import block_mask, random_mask, trained

LATE = np.array([4, 4, 4, 5, 5, 5, 6, 6, 8, 11])
FEW_FIRST = np.array([8, 8, 11, 11, 11, 14, 14, 14, 14, 14])
KINDS = ["connected", "complete components", "other disconnected"]


def invented(least_rank, least_norm):
    """Ten runs of every class; which of them have the least rank and norm is given."""
    scales = [1e-1, 1e-2, 1e-4, 1e-8]
    kinds = np.repeat(KINDS, 10)
    rank = np.full((30, 4), 3)
    norm = 1 + np.multiply.outer(np.ones(30), np.square(scales))
    for k, start in enumerate((0, 10, 20)):
        rank[start : start + least_rank[k]] = 2
        norm[start + least_norm[k] : start + 10] += 0.1
    return xr.Dataset(
        {
            "class": ("problem", kinds),
            "minimum_rank": ("problem", np.full(30, 2)),
            "predicted_rank": ("problem", np.full(30, 3)),
            "observed": ("problem", np.concatenate([FEW_FIRST, LATE, LATE[::-1]])),
            "minimum_norm": ("problem", np.ones(30)),
            "converged": (("problem", "scale"), np.ones((30, 4), bool)),
            "rank": (("problem", "scale"), rank),
            "norm": (("problem", "scale"), norm),
        },
        {"scale": scales},
    )


def test_the_claims_of_figure_1_hold_on_what_the_paper_says():
    data = invented((10, 0, 0), (2, 10, 4))
    claims = list(FIGURE_1.judge(data))
    assert [claim.verdict for claim in claims] == ["agrees"] * 9
    assert "10 of 10" in claims[0].measured
    FIGURE_1.draw(data)


def test_the_claims_of_figure_1_fail_when_the_classes_are_exchanged(verdicts):
    data = invented((0, 9, 9), (10, 2, 10))
    found = verdicts(FIGURE_1, data, "paper")
    assert found[:6] == ["differs"] * 6
    assert verdicts(FIGURE_1, data, "reading") == ["undecided"]


def test_a_share_between_the_thresholds_decides_nothing(verdicts):
    data = invented((10, 1, 0), (2, 10, 4))
    assert verdicts(FIGURE_1, data)[1] == "undecided"


def test_runs_that_did_not_converge_are_left_out():
    data = invented((9, 0, 0), (2, 9, 4))
    assert next(iter(FIGURE_1.judge(data))).agrees is False
    data["converged"][19] = False  # the one run that spoils the claim
    claim = next(iter(FIGURE_1.judge(data)))
    assert claim.agrees
    assert "9 of 9" in claim.measured
    assert "1 of 30 runs left out" in claim.remark


def test_problems_have_the_entries_and_the_classes_they_should():
    rng = np.random.default_rng(0)
    assert random_mask(4, 7, rng).sum() == 7
    whole, holes = block_mask(10, 2, 0, rng), block_mask(10, 2, 8, rng)
    assert len({row.tobytes() for row in whole}) == 2
    assert holes.sum() + 8 <= 100
    assert np.linalg.matrix_rank(target()) == 3
    assert (one_missing().sum((1, 2)) == 15).all()
    assert (patterns().sum((1, 2)) == 5).all()
    assert len({mask.tobytes() for mask in patterns()}) == 9


@pytest.mark.slow
def test_full_blocks_get_the_least_norm_and_the_sum_of_ranks():
    rng = np.random.default_rng(1)
    problems = [
        (block_mask(4, 2, 0, rng), rng.standard_normal((4, 4)), 4) for _ in range(4)
    ]
    data = trained(problems, (1e-1, 1e-6))
    small = data.sel(scale=1e-6)
    assert small["converged"].all()
    assert (small["norm"] / small["minimum_norm"] - 1).max() < 1e-6
    assert (data["norm"].sel(scale=1e-1) / data["minimum_norm"] - 1).max() > 1e-3


@pytest.mark.theory
def test_symmetric_positions_are_tied_and_nothing_else_is():
    """2405.13721, figure 4: from 1e-1 and from 1e-8."""
    from suffice.papers.connectivity import _blocks as blocks

    values = np.broadcast_to(blocks.target(), (9, 3, 3)).copy()
    flow = blocks.factorisation_flow(values, patterns(), scales=(1e-1, 1e-8), seeds=3)
    row, column = blocks._across(flow.values)
    assert np.abs(row - column)[:, 1].max() < 1e-9
    assert np.abs(row - column)[:, 0].max() > 1e-4  # negative control
    assert row[:, 1].std() > 0.1


@pytest.mark.long
def test_the_paper_is_reproduced(tmp_path):
    found = reproduce("connectivity", tmp_path / "out")
    assert found.count("differs") == 0
    assert found.count("undecided") <= 1
    names = [drawing.name for drawing in found.drawings]
    assert names == ["figure-1", TEN_BY_TEN.name, "figure-3", FIGURE_4.name]
