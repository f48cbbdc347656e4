"""Completing 4 x 4 matrices, best conditioned entries first."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim

from ._entries import completed, planned_order, sizes_of, squared
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
        r = int(data["optimistic"].sel(target=name))
        before, at = (float(error.sel(target=name, size=n)) for n in (r - 1, r))
        drop = np.log10(before / at)
        yield Claim(
            f"The error of {name} drops when n reaches its optimistic sample size.",
            "Fig. 2 (matrix completion)",
            f"from n = {r - 1} to n = {r}, by at least six orders of magnitude",
            f"{before:.1e} to {at:.1e}: {drop:.1f} orders",
            bool(drop >= 6),
        )
        later = data["recovered"].sel(target=name).where(data["size"] >= r, drop=True)
        below = data["recovered"].sel(target=name).where(data["size"] < r, drop=True)
        yield Claim(
            f"{name} is recovered from its optimistic sample size on, never below it.",
            "Fig. 2 (matrix completion)",
            f"below {r}: 0; from {r} on: all",
            f"{int(below.sum())} of {below.size} below, {int(later.sum())} of "
            f"{later.size} from there on",
            bool(below.sum() == 0 and later.mean() == 1),
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
    "Sharp transitions need well conditioned entries; random entries delay them.",
    _measure_planned,
    _judge_planned,
    _draw_planned,
)
