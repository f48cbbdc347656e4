"""The study of arXiv:2405.05409: many transformers over the rate of initialisation."""

import xarray as xr

from suffice.reasoning import Composition, CompositionStudy, Decoder, phases, Recipe
from suffice.sweeps import open_store, sweep

from ._paper import Run

SMALL, LARGE = 0.8, 0.3  # a rate from which starts are small, and one that is large


def study(full: bool) -> CompositionStudy:
    """Rates and seeds of two layers; `full` is the grid of Figure 2.

    Quick: two unseen pairs, width 32, 10 runs of 3000 steps, about 310 CPU seconds.

    Full: the exception, width 400, 6 rates, 6 depths and 3 seeds, 108 runs of 77 700
    steps with 2048 sequences. Estimated from operation counts, not run: 1.3e16
    floating-point operations for two layers and 4.5e16 for seven, 3e18 in all, so about
    30 hours of one GPU at 30 TFLOP/s; memory 1 GB per layer pair for the three seeds.
    """
    if not full:
        model = Decoder(2, 32, 128, key_dim=32)
        grid = {"model.rate": (LARGE, 1.0), "model.depth": (2,)}
        recipe = Recipe(2e-3, 3000)
        return CompositionStudy(
            Composition("both-masked"), model, recipe, grid, 5, evaluated=500, block=5
        )
    rates, depths = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (2, 3, 4, 5, 6, 7)
    return CompositionStudy(
        Composition("exception"),
        Decoder(2, 400, 1200, key_dim=200),
        Recipe(2.5e-4, 77_700, 2048, warm_up=1 / 21, floor=0.04),
        {"model.rate": rates, "model.depth": depths},
        3,
        block=3,
    )


def runs(run: Run) -> xr.Dataset:
    """The last step of every run, over `rate`, `depth` and `seed`, and its `phase`.

    The experiments of the paper share one store beside their folders.
    """
    store = run.folder.parent / "composition-runs"
    asked = study(run.full)
    sweep(asked, store, progress=lambda p: run.progress(_sentence(p)))
    found = open_store(store)
    names = [name for name in asked.variables() if name != "loss"]
    last = found[names].isel(time=-1, missing_dims="ignore", drop=True)
    named = phases(found)
    kept = last.assign(phase=named["phase"]).load()
    return kept.drop_attrs().assign_attrs(phases=named.attrs["phases"])


def _sentence(progress) -> str:
    return f"{progress.done} of {progress.total} rates trained"
