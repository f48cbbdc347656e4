"""Which frequencies the tangent kernel prefers, at usual and at large parameters."""

from collections.abc import Iterator
from functools import partial
from operator import ge, le

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.models import DeepNetwork
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.spectra import tangent_kernel

from ._line import WIDTHS

WAVES = np.arange(1, 9)
CASES = {"sin, 1": ("sin", 1.0), "sin, 3": ("sin", 3.0),
         "relu, 1": ("relu", 1.0), "relu, 8": ("relu", 8.0)}  # fmt: skip
_POINTS, _NETWORKS = 128, 4


def rates(activation: str, scale: float, seed: int) -> np.ndarray:
    """How fast each wave is learned at the start, relative to the first one.

    This is the sum of the Rayleigh quotients of `sin kx` and `cos kx` over that at `k =
    1`.
    """
    x = np.linspace(-np.pi, np.pi, _POINTS, endpoint=False)[:, None]
    model = DeepNetwork.uniform(
        WIDTHS, scale, key=jax.random.key(seed), activation=activation
    )
    kernel = tangent_kernel(model, x)[0]
    waves = np.stack([np.sin(x * WAVES), np.cos(x * WAVES)])
    eigenvalues = np.einsum("wik,ij,wjk->k", waves, kernel, waves)
    return eigenvalues / eigenvalues[0]


def _measure(run: Run) -> xr.Dataset:
    run.tell("tangent kernels in one dimension")
    seeds = range(_NETWORKS)
    eigenvalues = [[rates(*case, seed) for seed in seeds] for case in CASES.values()]
    return xr.Dataset(
        {"rate": (("case", "seed", "k"), np.array(eigenvalues))},
        {"case": list(CASES), "k": WAVES},
    )


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    rate = data.rate.mean("seed").sel(k=6)
    small, large, relu, larger = (float(rate.sel(case=case)) for case in CASES)
    yield Claim(
        "At usual parameters low frequencies are learned much faster.",
        "section 2 (frequency principle)",
        "far below 1 at k = 6",
        f"rate of frequency 6 over that of 1: {small:.3f} with sin, {relu:.3f} with "
        "ReLU",
        steady(partial(le, max(small, relu)), (0.05, 0.1, 0.2)),
        covers=("grok-low-first",),
    )
    for name, before, after, factor in (
        ("sin", small, large, 3),
        ("ReLU", relu, larger, 8),
    ):
        times = after / before
        yield Claim(
            "With large parameters the order is lost already in the tangent kernel of "
            f"{name} networks.",
            "section 5, read as a statement about the kernel at the start",
            "many times the rate at usual parameters",
            f"{after:.3f} at {factor} times the parameters, {times:.1f} times what it "
            "was",
            steady(partial(ge, times), (3.0, 10.0, 30.0)),
            ""
            if name == "sin"
            else "The kernel of a ReLU network prefers low frequencies at any scale of "
            "the parameters; there a large start brings a large initial function, "
            "which remains on the test set.",
            kind="reading",
        )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.6, 3.0))
    axis = figure.subplots()
    styles = ("o-", "o--", "s-", "s--")
    for case, style in zip(data.case.to_numpy(), styles, strict=True):
        mean = data.rate.sel(case=case).mean("seed")
        axis.semilogy(data.k, mean, style, label=f"{case} x".replace("relu", "ReLU"))
    axis.set_xlabel("frequency k")
    axis.set_ylabel("rate, relative to k = 1")
    axis.legend()
    return figure


KERNEL = Experiment(
    "kernel",
    "Large parameters and the preference for low frequencies",
    "Rates at which waves are learned at the start: Rayleigh quotients of the tangent "
    f"kernel of 1-200-200-200-100-1 networks, mean of {_NETWORKS}; the number in the "
    "legend is the factor of the initial parameters. The two lines of ReLU coincide.",
    _measure,
    _judge,
    _draw,
)
