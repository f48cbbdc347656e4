"""Recovery from infinitely small starts with one input (Figure 4)."""

from collections.abc import Iterator
from functools import partial

import xarray as xr

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._ratios import draw_shares, FEW, measure_ratio, shares


def _measure_one_input(run: Run) -> xr.Dataset:
    sets, angles = (100, 16) if run.full else (30, 12)
    return measure_ratio(run, 1, (2, 3, 4, 5, 6), sets, angles)


def _judge_one_input(data: xr.Dataset) -> Iterator[Claim]:
    inside, zero, one = shares(data)
    hit = data["error"].isel(run=slice(2, None)) <= 1e-6

    def at(values, n):
        return float(values.sel(size=n))

    yield Claim(
        "Below the optimistic sample size nothing is recovered.",
        "Fig. 4, n = 2",
        "no run",
        f"{at(inside, 2):.1%} of the runs; {at(zero, 2):.0%} and {at(one, 2):.0%} at "
        "c = 0 and c = 1",
        bool(at(inside, 2) == at(zero, 2) == at(one, 2) == 0),
        covers=("neuron-below",),
    )
    yield Claim(
        "At the optimistic sample size 3 only the ratios 0 and 1 recover.",
        "Fig. 4, n = 3",
        "ratios 0 and 1: nearly all sets; other ratios: none",
        f"{at(zero, 3):.0%} at c = 0, {at(one, 3):.0%} at c = 1, {at(inside, 3):.1%} "
        "of the runs at others",
        steady(
            lambda share: (
                min(at(zero, 3), at(one, 3)) > 1 - share > share > at(inside, 3)
            ),
            FEW,
        ),
        "A few random ratios lie so close to 0 or 1 that their error is below 1e-6.",
        covers=("neuron-at", "neuron-ratio"),
    )
    some = float(hit.sel(size=4).any("run").mean())
    yield Claim(
        "At the separation size 4 a positive fraction of ratios recovers, for some "
        "sample sets.",
        "Fig. 4, n = 4",
        "some sets, not all",
        f"{some:.0%} of the sets, {at(inside, 4):.1%} of the runs",
        bool(0 < some < 1),
        covers=("neuron-separation",),
    )
    whole = float(hit.sel(size=5).all("run").mean())
    yield Claim(
        "From 5 samples all ratios recover for some sample sets, but not for others.",
        "Fig. 4, n = 5",
        "some sets entirely, not all",
        f"{whole:.0%} of the sets entirely, {at(inside, 5):.1%} of the runs",
        bool(0 < whole < 1),
        covers=("neuron-separation",),
    )
    yield Claim(
        "From 6 samples, as many as there are parameters, every run recovers.",
        "Fig. 4, n = 6",
        "every run",
        f"{at(inside, 6):.1%} of the runs",
        steady(lambda share: at(inside, 6) > 1 - share, FEW),
        "The other sample sets are so badly conditioned that gradient flow has not "
        "converged yet.",
    )


ONE_INPUT = Experiment(
    "figure-4",
    "Recovery at infinitely small initialisation, one input",
    "Two neurons with bias, random sample sets from N(0, 1): fraction of runs with a "
    "relative error below 1e-6, for random imbalance ratios and for ratios 0 and 1. "
    "Vertical lines: the sizes of Table 1.",
    _measure_one_input,
    _judge_one_input,
    partial(draw_shares, inputs=1),
)
