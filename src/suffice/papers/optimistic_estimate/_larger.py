"""Completing 8 x 8 matrices."""

from collections.abc import Iterator
from functools import partial
from operator import ge

import numpy as np
import xarray as xr

from suffice.papers._paper import Experiment, Run, steady
from suffice.papers._sample_size._entries import (
    completed,
    DROPS,
    planned_order,
    squared,
)
from suffice.papers._sample_size._matrices import factored, random_matrix
from suffice.report._shared import Claim
from suffice.tangent import jacobian, numerical_rank


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
    every = np.argwhere(np.ones((8, 8), bool))
    tangents = [
        jacobian(factored(random_matrix(8, r, seed=r)), every) for r in (1, 2, 3)
    ]
    sizes = [numerical_rank(np.asarray(tangent)).lower for tangent in tangents]
    return data.assign(optimistic=("rank", sizes))


def _judge_larger(data: xr.Dataset) -> Iterator[Claim]:
    error = squared(data["error"])
    for rank, expected in ((1, 15), (2, 28), (3, 39)):
        size = int(data["optimistic"].sel(rank=rank))
        before, at = (float(error.sel(rank=rank, size=n)) for n in ("before", "at"))
        drop = np.log10(before / at)
        yield Claim(
            f"An 8 x 8 matrix of rank {rank} is recovered from 2rd - r^2 entries.",
            "Theorem 3, model rank of matrix factorisation",
            f"tangent rank {expected}; the mean error drops at n = {expected}",
            f"rank {size} at the target; from {before:.1e} at n = {size - 1} to "
            f"{at:.1e} at n = {size}",
            steady(partial(ge, drop), DROPS) if size == expected else False,
            covers=("optimistic-size", "optimistic-models", "optimistic-subset"),
        )


LARGER = Experiment(
    "larger-matrices",
    "Completing 8 x 8 matrices",
    "Matrices are completed as above, from n = R - 1 and from n = R entries only.",
    _measure_larger,
    _judge_larger,
)
