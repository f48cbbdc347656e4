"""The study of arXiv:2405.05409: many transformers over the rate of initialisation."""

import numpy as np
import xarray as xr

from suffice._core import listed
from suffice.papers._paper import Run
from suffice.papers._transformers import swept
from suffice.reasoning import Composition, CompositionStudy, Decoder, phases, Recipe

WIDTH = "The published networks have width 400; what smaller ones do is not decided."
SURE = 0.01  # a larger p decides nothing
SMALL, LARGE = 0.8, 0.5  # starts are small from the one rate on, large up to the other
COST = (
    "108 runs of 77 700 steps: 4.4e18 floating-point operations, about 41 hours of one "
    "GPU at 30 TFLOP/s, and 10 GB of its memory for three seeds of seven layers "
    "(counted by the compiler, not run)"
)


def study(full: bool) -> CompositionStudy:
    """Rates and seeds of two layers; `full` is the grid of Figure 2.

    Quick: two unseen pairs, width 32, 10 runs of 3000 steps, about 280 CPU seconds.

    Full: the exception, width 400, 6 rates, 6 depths and 3 seeds. From 1.4e16
    floating-point operations a run (two layers) to 6.9e16 (seven); `COST` is the sum.
    In place of the best of nine learning rates there is one.
    """
    if not full:
        model = Decoder(2, 32, 128, key_dim=32)
        grid = {"model.rate": (0.3, 1.0), "model.layers": (2,)}
        recipe = Recipe(2e-3, 3000)
        return CompositionStudy(
            Composition("both-masked"), model, recipe, grid, 5, evaluated=500, block=5
        )
    rates, depths = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (2, 3, 4, 5, 6, 7)
    return CompositionStudy(
        Composition("exception"),
        Decoder(2, 400, 1200, key_dim=200),
        Recipe(2.5e-4, 77_700, 2048, warm_up=1 / 21, floor=0.04),
        {"model.rate": rates, "model.layers": depths},
        3,
        block=3,
    )


def runs(run: Run) -> xr.Dataset:
    """Every run over `rate`, `layers`, `seed` and `time`; its `phase` and its `route`.

    The experiments of the paper share one store beside their folders.
    """
    store, asked = run.folder.parent / "composition-runs", study(run.full)
    if run.full and not store.exists():
        run.tell(COST)
    results = swept(run, asked, store, "rates")
    named = phases(results)
    kept = results[list(asked.variables())].assign(named[["phase", "route"]])
    about = {k: v for k, v in named.attrs.items() if k not in results.attrs}
    return kept.drop_attrs().assign_attrs(about, preset=asked.task.preset)


def at_the_end(data: xr.Dataset) -> xr.Dataset:
    """Every run at its last step."""
    return data.isel(time=-1)


def names(data: xr.Dataset, axis: str) -> np.ndarray:
    """The `phase` or the `route` of every run, by name."""
    known = np.array([*data.attrs[f"{axis}s"].split(), "missing"])
    return known[data[axis].to_numpy()]  # a run that failed is -1


def values(variable: xr.DataArray, rate=None) -> np.ndarray:
    """All runs, or those of one rate."""
    chosen = variable if rate is None else variable.sel(rate=rate)
    return chosen.to_numpy().ravel()


def told(numbers: np.ndarray) -> str:
    """Every number, or their range when there are many."""
    if not len(numbers):
        return "none"
    if len(numbers) > 6:
        return f"from {numbers.min():.2f} to {numbers.max():.2f}"
    return listed(numbers)
