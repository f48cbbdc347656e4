"""Which branch of minima the flow reaches, and how fast (Figure 3)."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._setting import even, padded, small_limits, weight_gap, with_ratios

BOUNDARY = 0.71008

HORIZON = 5e4  # flow time of the paper: 1e6 steps of 0.05
WATCHED = np.geomspace(1e2, 1e9, 36)


def _measure_branches(run: Run) -> xr.Dataset:
    run.tell("ends of the flow for ratios from 0 to 1")
    coarse = np.linspace(0.02, 1, 50 if run.full else 25)
    fine = np.linspace(0.700, 0.720, 41)
    ratios = np.concatenate([coarse, fine, [0.9]])
    stops = np.unique(np.append(WATCHED, HORIZON))
    limits = small_limits(with_ratios(ratios), padded(even(6, len(ratios))), at=stops)
    assert limits.trajectory is not None
    gaps = weight_gap(limits.trajectory.models)
    return xr.Dataset(
        {
            "gap": ("ratio", weight_gap(limits.models)),
            "gap_at": (("ratio", "t"), gaps),
            "loss_at": (("ratio", "t"), np.asarray(limits.trajectory.loss)),
        },
        {"ratio": ratios, "t": stops},
    )


def _boundary(data: xr.Dataset) -> float:
    """Where the gap, which vanishes like a square root, reaches zero."""
    fine = data.isel(ratio=slice(-42, -1))
    ratio, gap = fine["ratio"].to_numpy(), fine["gap"].to_numpy()
    near = (gap > 2e-3) & (gap < 0.06)
    slope, offset = np.polyfit(ratio[near], gap[near] ** 2, 1)
    return float(-offset / slope)


def _judge_branches(data: xr.Dataset) -> Iterator[Claim]:
    boundary = _boundary(data)
    yield Claim(
        "The flow ends on the merged branch exactly for ratios above a boundary.",
        "Fig. 3",
        "0.74 < c < 1.35",
        f"{boundary:.4f} < c < {1 / boundary:.4f}",
        steady(lambda width: abs(boundary - 0.74) < width, (0.005, 0.01, 0.02)),
        "The published boundary was measured after a finite time, at which no neurons "
        "have merged yet; see the next claim.",
        covers=("neuron-ratio",),
    )
    early = data["gap_at"].sel(t=HORIZON, method="nearest")
    early = early.where((data["ratio"] > 0.74) & (data["ratio"] <= 1), drop=True)
    yield Claim(
        "At the end of the paper's training the neurons have merged for ratios above "
        "its boundary.",
        "Fig. 3 (1e6 steps of 0.05)",
        "distance of the weights near 0 for 0.74 < c < 1",
        f"{float(early.max()):.3f} at c = {float(early['ratio'].min()):.3f}, "
        f"{float(early[-1]):.3f} at c = 0.9",
        steady(lambda gap: float(early.max()) < gap, (0.01, 0.03, 0.1)),
        "The distance of merging neurons falls like t^(-1/2), so that nothing has "
        "merged by then.",
    )
    slopes = _slopes(data.isel(ratio=-1))
    yield Claim(
        "On the merged branch convergence is not linear.",
        "Fig. 1 (n = 5, 6: stopped at 1e-8)",
        "the loss falls like a power of the time",
        f"exponent {slopes[0]:.2f} over four decades at c = 0.9",
        bool(-4 < slopes[0] < 0),
    )
    yield Claim(
        "On the merged branch the loss falls like t^-2 and the distance of the neurons "
        "like t^(-1/2).",
        "derived and verified here",
        "exponents -2 and -0.5",
        f"exponents {slopes[0]:.2f} and {slopes[1]:.2f} at c = 0.9",
        bool(abs(slopes[0] + 2) < 0.15 and abs(slopes[1] + 0.5) < 0.05),
        kind="derived",
    )


def _slopes(merged: xr.Dataset) -> list[float]:
    """Exponents of the loss and of the distance of the neurons."""
    late = (merged["t"] > 1e4) & (merged["t"] < 1e8)
    t = np.log(merged["t"].where(late, drop=True))
    return [
        float(np.polyfit(t, np.log(merged[name].where(late, drop=True)), 1)[0])
        for name in ("loss_at", "gap_at")
    ]


def _draw_branches(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 3.2))
    axis = figure.subplots()
    coarse = data.isel(ratio=slice(0, -42))
    early = coarse["gap_at"].sel(t=HORIZON, method="nearest")
    axis.plot(coarse["ratio"], coarse["gap"], "o-", label="limit")
    axis.plot(coarse["ratio"], early, "s--", label="at the paper's horizon")
    axis.axvline(_boundary(data), color="#767676", linewidth=1, linestyle=":")
    axis.set_xlabel("imbalance ratio c")
    axis.set_ylabel("distance of the two input weights")
    axis.legend()
    return figure


BRANCHES = Experiment(
    "figure-3",
    "Which branch the flow reaches",
    "Six evenly spaced samples, infinitely small initialisation. The merged branch is "
    "where the distance vanishes; the dotted line is the fitted boundary.",
    _measure_branches,
    _judge_branches,
    _draw_branches,
)
