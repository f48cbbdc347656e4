"""The same classes at 10 x 10: the theorem holds, and connected masks are harder."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim
from suffice.sweeps import wilson

from ._bias import CONNECTED, counted, OTHER, SMALL, TEXTURE, WHOLE
from ._problems import block_mask, matrix, random_mask, shares, trained


def ten_by_ten(repetitions: int) -> list:
    """Problems of every class: random places, full blocks, blocks with holes."""
    rng = np.random.default_rng(23)
    problems = []
    for rank in (1, 2, 3):
        for index in range(repetitions):
            count = rank * (20 - rank) + 5 * (index % 3)
            masks = (
                random_mask(10, count, rng),
                block_mask(10, 2 + index % 2, 0, rng),
                block_mask(10, 2, 8, rng),
            )
            problems += [(mask, matrix(10, rank, rng), rank) for mask in masks]
    return problems


def _measure_larger(run: Run) -> xr.Dataset:
    repetitions = 30 if run.full else 8
    run.tell(f"{9 * repetitions} problems of size 10 x 10")
    problems = ten_by_ten(repetitions)
    return trained(problems, (SMALL,), max_steps=6000 if run.full else 3000)


def _judge_larger(data: xr.Dataset) -> Iterator[Claim]:
    whole, linked, other = (shares(data, k, SMALL) for k in (WHOLE, CONNECTED, OTHER))
    converged = int(data["converged"].sum())
    yield Claim(
        "10 x 10, complete components: the nuclear norm is the least.",
        "the theorem",
        "all runs",
        counted(whole["norm"]),
        whole["norm"][0] == whole["norm"][1] > 0,
        f"Not converged: {data.sizes['problem'] - converged} of "
        f"{data.sizes['problem']} runs left out.",
        covers=("matrix-norm",),
    )
    yield Claim(
        "10 x 10, connected: near the least number of entries the rank is not the "
        "least in every run.",
        "derived and verified here",
        "some runs end above",
        counted(linked["rank"]),
        None if not linked["rank"][1] else bool(wilson(*linked["rank"])[1] < 1),
        TEXTURE,
        kind="derived",
    )
    yield Claim(
        "10 x 10, other disconnected masks: the rank is not the least.",
        "derived and verified here",
        "none",
        f"rank {counted(other['rank'])}, nuclear norm {counted(other['norm'])}",
        other["rank"][0] == 0 < other["rank"][1],
        kind="derived",
    )


TEN_BY_TEN = Experiment(
    "ten-by-ten",
    "Connectivity and bias at 10 x 10",
    "Ranks 1 to 3 from standard deviation 1e-8: random places at, five and ten above "
    "2rd - r^2; two or three full blocks; two blocks with eight holes.",
    _measure_larger,
    _judge_larger,
)
