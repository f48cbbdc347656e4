"""The paper on rank stratification: verdicts, and the tables that are wrong."""

import numpy as np
import pytest
import xarray as xr

from suffice.papers._sample_size._kernels import KERNELS
from suffice.papers.rank_stratification._sequences import SEQUENCE
from suffice.papers.rank_stratification._strata import STRATA

SEEN = (8, 9, 12, 11, 12, 13)


def test_designed_sequences_that_recover_late_differ(verdicts):
    sizes = np.arange(1, 17)
    late = sizes[None] < np.array(SEEN)[:, None]
    data = xr.Dataset(
        {
            "error": (
                ("sequence", "size", "seed"),
                np.where(late, 0.3, 1e-6)[..., None],
            ),
            "threshold": ("sequence", list(SEEN)),
        },
        {"sequence": range(1, 7), "size": sizes},
    )
    assert verdicts(SEQUENCE, data) == ["agrees"] * 2
    data["error"][2] = 0.3  # the sequence that names an entry twice is not judged
    assert verdicts(SEQUENCE, data) == ["agrees"] * 2
    data["error"][1, 8] = 2e-3  # small or not: it depends on the threshold
    assert verdicts(SEQUENCE, data) == ["agrees", "undecided"]
    data["error"][1, 8] = 0.3
    data["error"][0, 3] = 1e-6
    assert verdicts(SEQUENCE, data) == ["differs"] * 2


@pytest.mark.slow
def test_model_ranks_and_the_two_tables_that_are_wrong(run, verdicts):
    data = STRATA.measure(run)
    assert verdicts(STRATA, data) == ["agrees"] * 2 + ["differs"] * 2


@pytest.mark.long
def test_ranks_of_kernels_and_the_formula_with_exceptions(run, verdicts):
    data = KERNELS.measure(run)
    assert verdicts(KERNELS, data) == ["agrees", "agrees", "differs"]
    assert verdicts(KERNELS, data, "check") == ["agrees"]
