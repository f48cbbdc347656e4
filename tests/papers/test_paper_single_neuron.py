"""The paper on a single neuron: verdicts, and the parts that are exact."""

import numpy as np
import pytest
import xarray as xr

from suffice.papers.single_neuron._branches import BOUNDARY, BRANCHES, WATCHED
from suffice.papers.single_neuron._scale import RATE
from suffice.papers.single_neuron._sizes import SIZES


def test_the_published_boundary_would_be_recognised(verdicts):
    def branches(boundary):
        coarse, fine = np.linspace(0.02, 1, 25), np.linspace(0.7, 0.72, 41)
        if boundary == 0.74:
            fine = np.linspace(0.73, 0.75, 41)
        ratio = np.concatenate([coarse, fine, [0.9]])
        gap = np.sqrt(np.clip(boundary - ratio, 0, None))
        t = np.unique(np.append(WATCHED, 5e4))
        return xr.Dataset(
            {
                "gap": ("ratio", gap),
                "gap_at": (("ratio", "t"), np.tile(t**-0.5, (len(ratio), 1))),
                "loss_at": (("ratio", "t"), np.tile(t**-2.0, (len(ratio), 1))),
            },
            {"ratio": ratio, "t": t},
        )

    assert verdicts(BRANCHES, branches(0.74))[0] == "agrees"
    assert verdicts(BRANCHES, branches(BOUNDARY))[0] == "differs"
    assert verdicts(BRANCHES, branches(BOUNDARY))[2] == "agrees"
    assert verdicts(BRANCHES, branches(BOUNDARY), "derived") == ["agrees"]


@pytest.mark.parametrize(("gained", "verdict"), [(0, "agrees"), (12, "differs")])
def test_learning_rates_are_compared_start_by_start(gained, verdict, verdicts):
    flow = np.arange(100) < 60
    fast = flow | (np.arange(100) >= 100 - gained)
    data = xr.Dataset(
        {
            "recovered": (("method", "seed"), np.stack([flow, fast, flow]).astype(int)),
            "curvature": ("seed", np.where(flow, 3.0, 5.0)),
        },
        {"method": ["flow", "0.5", "0.1"]},
    )
    assert verdicts(RATE, data) == [verdict, "differs"]


def test_sizes_and_ranks_of_table_1(run, verdicts):
    data = SIZES.measure(run)
    assert verdicts(SIZES, data, "paper") == ["agrees"] * 2
    assert verdicts(SIZES, data, "check") == ["agrees"] * 2
    assert verdicts(SIZES, data, "reading") == ["differs"] * 2
    data["outside"][0] = np.array(
        [0.5, 0.6]
    )  # as if that point did not express the target
    assert verdicts(SIZES, data, "reading") == ["agrees", "differs"]
