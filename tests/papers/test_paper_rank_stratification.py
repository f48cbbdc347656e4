"""The paper on rank stratification: verdicts, and the tables that are wrong."""

import numpy as np
import pytest
import xarray as xr

from suffice.papers.rank_stratification._sequences import EXPECTED, SEQUENCE
from suffice.papers.rank_stratification._strata import STRATA


def test_designed_sequences_that_recover_late_differ(verdicts):
    sizes = np.arange(1, 17)
    hit = (sizes[None] >= np.array(EXPECTED)[:, None])[..., None].astype(int)
    data = xr.Dataset(
        {
            "recovered": (("sequence", "size", "seed"), hit),
            "threshold": ("sequence", list(EXPECTED)),
            "kappa": ("sequence", np.ones(6)),
        },
        {"size": sizes},
    )
    assert verdicts(SEQUENCE, data) == ["agrees"] * 3
    data["recovered"][2, 11:14] = 0
    assert verdicts(SEQUENCE, data) == ["agrees", "agrees", "differs"]


@pytest.mark.slow
def test_model_ranks_and_the_two_tables_that_are_wrong(run, verdicts):
    data = STRATA.measure(run)
    assert verdicts(STRATA, data) == ["agrees"] * 3 + ["differs"] * 3
