"""Recovery from infinitely small starts with three inputs (Figure 9)."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import xarray as xr

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._ratios import draw_shares, FEW, measure_ratio, shares


def _measure_three_inputs(run: Run) -> xr.Dataset:
    sets, angles = (40, 14) if run.full else (16, 8)
    return measure_ratio(run, 3, (4, 5, 6, 7, 8, 9, 10), sets, angles)


def _judge_three_inputs(data: xr.Dataset) -> Iterator[Claim]:
    inside, zero, one = (dict(s.to_series().items()) for s in shares(data))
    yield Claim(
        "With three inputs nothing is recovered from 4 samples, and only the ratios 0 "
        "and 1 from 5.",
        "Fig. 9, Table 1: optimistic sample size 5",
        "no run; then ratios 0 and 1 only",
        f"n = 4: {inside[4]:.1%} of the runs; n = 5: {inside[5]:.1%}, {zero[5]:.0%} at "
        f"c = 0 and {one[5]:.0%} at c = 1",
        steady(
            lambda share: inside[4] == 0 and inside[5] < share < min(zero[5], one[5]),
            FEW,
        ),
        "Not every sample set recovers at the ratios 0 and 1.",
        covers=("neuron-below", "neuron-at", "neuron-ratio"),
    )
    ladder = [inside[n] for n in (5, 6, 7, 8, 9, 10)]
    yield Claim(
        "From 6 samples on a growing fraction of the runs recovers, and from 9 on all "
        "of them.",
        "Fig. 9 and 10, Table 1: separation sizes 6 and 9",
        "growing at 6, 7, 8; about 1 from 9 on",
        "shares " + ", ".join(f"{v:.2f}" for v in ladder) + " at n = 5 ... 10",
        steady(
            lambda share: min(ladder[4:]) > 1 - share and np.all(np.diff(ladder) > 0),
            FEW,
        ),
        "9 = 2D + 1 is also where the branch with one neuron at the origin separates, "
        "which exists because tanh(0) = 0.",
        covers=("neuron-separation", "neuron-align"),
    )


THREE_INPUTS = Experiment(
    "figure-9",
    "Recovery at infinitely small initialisation, three inputs",
    "As for one input, with three inputs and a bias. Vertical lines: the sizes of "
    "Table 1.",
    _measure_three_inputs,
    _judge_three_inputs,
    partial(draw_shares, inputs=3),
)
