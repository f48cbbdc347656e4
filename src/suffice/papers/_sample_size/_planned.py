"""Completing 4 x 4 matrices, best conditioned entries first."""

from collections.abc import Iterator
from functools import partial
from operator import ge

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._entries import completed, DROPS, planned_order, sizes_of, squared
from ._matrices import TARGETS
from ._pictures import heat_map


def _measure_planned(run: Run) -> xr.Dataset:
    seeds = 50 if run.full else 5
    completions = []
    for name, matrix in TARGETS.items():
        run.tell(f"completing {name} from 1 to 16 entries")
        order = planned_order(matrix)
        completions.append(
            completed(matrix, np.tile(order, (seeds, 1, 1)), range(1, 17))
        )
    data = xr.concat(completions, dim="target").assign_coords(target=list(TARGETS))
    return data.assign(optimistic=("target", sizes_of(TARGETS)))


def _judge_planned(data: xr.Dataset) -> Iterator[Claim]:
    error = squared(data["error"])
    for name in data["target"].to_numpy():
        r, row = int(data["optimistic"].sel(target=name)), error.sel(target=name)
        below = np.log10(float(row.where(row["size"] < r).min()))
        later = np.log10(float(row.where(row["size"] >= r).max()))
        yield Claim(
            f"The mean error of {name} is large at every n below its optimistic sample "
            "size and vanishes from there on.",
            "Fig. 2 (matrix completion)",
            f"a drop at n = {r}",
            f"at least {10**below:.1e} below n = {r}, at most {10**later:.1e} from "
            f"there on: {below - later:.1f} orders of magnitude apart",
            steady(partial(ge, below - later), DROPS),
            covers=(
                "strat-hypothesis",
                "strat-size",
                "strat-recovery",
                "optimistic-size",
                "optimistic-subset",
            ),
        )


def _draw_planned(data: xr.Dataset) -> Figure:
    error = squared(data["error"]).transpose("target", "size")
    return heat_map(
        error, "number of entries n", "target", steps=data["optimistic"].to_numpy()
    )


PLANNED = Experiment(
    "planned-entries",
    "Completing 4 x 4 matrices, best entries first",
    "Mean relative squared error over all entries after training A B (full width, "
    "initial standard deviation 1e-4) to the limit of gradient flow on the first n "
    "entries of the planned order. The line is the optimistic sample size 2rd - r^2. "
    "Sharp transitions need well conditioned entries; random entries delay them. M5 is "
    "left out: it is printed as a second copy of M3.",
    _measure_planned,
    _judge_planned,
    _draw_planned,
)
