"""Completing 8 x 8 matrices."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from suffice.papers._paper import Experiment, Run
from suffice.papers._sample_size._entries import completed, planned_order, squared
from suffice.papers._sample_size._matrices import factored, random_matrix
from suffice.report._shared import Claim
from suffice.samples import optimistic_sample_size


def _measure_larger(run: Run) -> xr.Dataset:
    seeds, completions = (5 if run.full else 3), []
    for rank in (1, 2, 3):
        run.tell(f"completing an 8 x 8 matrix of rank {rank}")
        matrix = random_matrix(8, rank, seed=rank)
        needed = rank * (16 - rank)
        order = planned_order(matrix)[:39]
        data = completed(matrix, np.tile(order, (seeds, 1, 1)), (needed - 1, needed))
        completions.append(data.assign_coords(size=["before", "at"]))
    data = xr.concat(completions, dim="rank").assign_coords(rank=[1, 2, 3])
    sizes = [
        optimistic_sample_size(factored(random_matrix(8, rank, seed=rank))).value
        for rank in (1, 2, 3)
    ]
    return data.assign(optimistic=("rank", sizes))


def _judge_larger(data: xr.Dataset) -> Iterator[Claim]:
    error = squared(data["error"])
    for rank, expected in ((1, 15), (2, 28), (3, 39)):
        size = int(data["optimistic"].sel(rank=rank))
        before, at = (float(error.sel(rank=rank, size=n)) for n in ("before", "at"))
        share = int(data["recovered"].sel(rank=rank, size="at").sum())
        yield Claim(
            f"An 8 x 8 matrix of rank {rank} is recovered from 2rd - r^2 entries.",
            "Theorem 3, model rank of matrix factorisation",
            f"{expected}; drop of the error there",
            f"{size}; {before:.1e} to {at:.1e}, {share} of {data.sizes['seed']} runs",
            bool(
                size == expected and share == data.sizes["seed"] and at < 1e-6 * before
            ),
        )


LARGER = Experiment(
    "larger-matrices",
    "Completing 8 x 8 matrices",
    "As for 4 x 4 matrices, with n = R - 1 and n = R entries only.",
    _measure_larger,
    _judge_larger,
)
