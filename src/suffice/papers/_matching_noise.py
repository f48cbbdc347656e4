"""Fixed matrices in attention: which of them make a step easier to learn."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import bootstrap

from suffice.reasoning import ChainStudy, ChainTask, Decoder, Noise, Recipe
from suffice.report import Claim
from suffice.sweeps import open_store, sweep

from ._paper import Experiment, Run

VARIANTS = ("none", "serial", "random", "identity")
EXPECTED = (
    ("serial", "Random matrices that bring the kernels near the identity help.", 1),
    ("random", "Random matrices in their published form help.", 1),
    ("identity", "Identity matrices in their place do not help.", -1),
)


def studies(full: bool) -> dict[str, ChainStudy]:
    """The baseline and three kinds of matrices, equal seeds and sequences.

    Quick: one step, for which the published random matrices are the serial ones and
    left out, 4 seeds, 400 steps, about 100 CPU seconds. Full: two steps in 3 layers, 8
    seeds, 1600 steps at the same width, about an hour of two cores; not run.
    """
    task = ChainTask(steps=2 if full else 1, pairs=4, tokens=(20, 61))
    model = Decoder(3 if full else 2, 64, 128, rate=0.8, key_dim=64)
    recipe, seeds = (Recipe(1e-3, 1600), 8) if full else (Recipe(1e-3, 400), 4)
    return {
        name: ChainStudy(
            task,
            dataclasses.replace(model, noise=None if name == "none" else Noise(name)),
            recipe,
            seeds=seeds,
            evaluated=500,
            block=4,
        )
        for name in VARIANTS
        if full or name != "random"
    }


def _measure(run: Run) -> xr.Dataset:
    parts: list[xr.Dataset] = []
    for name, study in studies(run.full).items():
        run.progress(f"matrices added to attention: {name}")
        sweep(study, run.folder / name)
        found = open_store(run.folder / name)[["outside", "match_random"]].load()
        parts.append(found.expand_dims(variant=[name]).drop_attrs())
    return xr.concat(parts, "variant")


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    half = data["outside"].isel(time=-2)
    last = data["outside"].isel(time=-1)
    base = last.sel(variant="none").to_numpy()
    for name, statement, expected in EXPECTED:
        if name not in data.variant:
            continue
        early = half.sel(variant=name).to_numpy() - half.sel(variant="none").to_numpy()
        late = last.sel(variant=name).to_numpy() - base
        low, high = _interval(early)
        ends = _interval(late)
        found = low > 0 if expected > 0 else high <= 0
        against = high < 0 if expected > 0 else low > 0
        yield Claim(
            statement,
            "orthogonal noise",
            "accuracy out of distribution "
            + ("above" if expected > 0 else "not above")
            + " that of the same seeds without, half way",
            f"by {early.mean():+.2f} [{low:+.2f}, {high:+.2f}] half way, "
            f"{late.mean():+.2f} [{ends[0]:+.2f}, {ends[1]:+.2f}] at the end, "
            f"{len(early)} seeds",
            True if found else (False if against else None),
        )


def _interval(paired: np.ndarray) -> tuple[float, float]:
    """95 % of the mean difference of equal seeds, by resampling them."""
    if np.ptp(paired) == 0:
        return float(paired[0]), float(paired[0])
    found = bootstrap((paired,), np.mean, method="basic", rng=0).confidence_interval
    return float(found.low), float(found.high)


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(5.6, 3.4))
    axis = figure.subplots()
    shares = 2.0 ** np.arange(1 - data.sizes["time"], 1)
    for index, name in enumerate(data.variant.to_numpy()):
        rows = data["outside"].sel(variant=name).transpose("seed", "time").to_numpy()
        colour = f"C{index}"
        axis.plot(shares, rows.T, color=colour, alpha=0.35)
        axis.plot(shares, rows.mean(0), color=colour, linewidth=2.5, label=str(name))
    axis.set_xscale("log", base=2)
    axis.set_xlabel("share of the training")
    axis.set_ylabel("accuracy out of distribution")
    axis.legend(title="matrices added")
    return figure


NOISE = Experiment(
    "orthogonal-noise",
    "Fixed matrices in attention against the baseline",
    "Thin lines are seeds, thick ones their means. Strengths start at one half and are "
    "learned.",
    _measure,
    _judge,
    _draw,
)
