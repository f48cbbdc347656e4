"""The one-dimensional experiment with other activations."""

from collections.abc import Iterator
from functools import partial

import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._line import adam, draw_losses, FLAT, RISES, STEPS, summary, watched
from ._points import even, misleading

ACTIVATIONS = ("relu", "tanh")
NAMES = {"relu": "ReLU", "tanh": "tanh"}
KINDS = ("uneven", "even")


def _measure(run: Run) -> xr.Dataset:
    rule, seeds = adam(run), range(3 if run.full else 1)
    rows = []
    for activation in ACTIVATIONS:
        for kind in KINDS:
            runs = []
            for seed in seeds:
                points = misleading(65, seed) if kind == "uneven" else even(65)
                name = f"{activation}, {kind}, seed {seed}"
                setting = name, points, seed, activation
                record = watched(run, *setting, rule, STEPS[run.full])
                runs.append(summary(record))
            rows.append(xr.concat(runs, "seed"))
    cases = [f"{activation}, {kind}" for activation in ACTIVATIONS for kind in KINDS]
    return xr.concat(rows, "case").assign_coords(case=cases)


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    for activation, figures in zip(ACTIVATIONS, ("11-13", "14-16"), strict=True):
        rises, flat = (
            data.ascent.sel(case=f"{activation}, {kind}").to_numpy() for kind in KINDS
        )
        yield Claim(
            f"With {NAMES[activation]} too, the test loss rises from uneven points "
            "only.",
            f"Fig. {figures}",
            "a rise, and none",
            f"largest test loss {', '.join(f'{v:.3f}' for v in rises)} of the first "
            f"one; {', '.join(f'{v:.3f}' for v in flat)} from even points",
            steady(
                partial(_rises_only, rises=float(rises.min()), flat=float(flat.max())),
                RISES,
            ),
            covers=("grok-synthetic",),
        )


def _rises_only(rise: float, rises: float, flat: float) -> bool:
    return rises > 1 + rise and flat < FLAT


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.4, 2.2))
    axes = figure.subplots(1, len(data.case), sharey=True)
    for axis, case in zip(axes, data.case.to_numpy(), strict=True):
        draw_losses(axis, data.sel(case=case))
        activation, kind = case.split(", ")
        axis.set_title(f"{NAMES[activation]}, {kind}")
    axes[0].set_ylabel("loss")
    axes[0].legend()
    return figure


ACTIVATION = Experiment(
    "activations",
    "Other activations",
    "Losses in the experiment above with 65 points, for ReLU and tanh networks.",
    _measure,
    _judge,
    _draw,
)
