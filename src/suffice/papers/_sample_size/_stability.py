"""How many random samples a linearly stable target needs."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim
from suffice.sweeps import wilson
from suffice.tangent import jacobian, numerical_rank

KEY = jax.random.key(6)
SIZES = {"tanh": (8, 9, 10, 11, 12), "relu": (2, 3, 6, 9, 12)}
RANK = {"tanh": 10, "relu": 3}
NAMES = {"tanh": "tanh", "relu": "ReLU"}


def _measure(run: Run) -> xr.Dataset:
    run.tell("ranks on random samples")
    trials = 200 if run.full else 50
    rng = np.random.default_rng(8)
    models = {
        "tanh": TwoLayer.normal(2, 4, key=KEY),
        "relu": TwoLayer.normal(1, 3, key=KEY, activation="relu"),
    }
    shares = [
        [_share(models[name], RANK[name], n, trials, rng) for n in SIZES[name]]
        for name in models
    ]
    return xr.Dataset(
        {
            "share": (("activation", "step"), shares),
            "size": (("activation", "step"), [SIZES[name] for name in models]),
        },
        {"activation": list(models)},
        {"trials": trials},
    )


def _share(target: TwoLayer, rank: int, n: int, trials: int, rng) -> float:
    """Share of random sets of `n` normal inputs on which the rank is attained."""
    x = jnp.asarray(rng.standard_normal((trials * n, target.inputs)))
    sets = np.asarray(jacobian(target, x)).reshape(trials, n, -1)
    return [numerical_rank(one).lower for one in sets].count(rank) / trials


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    trials, shares = int(data.attrs["trials"]), data["share"]
    smooth = [float(v) for v in shares.sel(activation="tanh")]
    yield Claim(
        "A target of an analytic network is linearly stable for almost every set of as "
        "many samples as its model rank R, and for no smaller set.",
        "arXiv:2211.11623, Theorems 1 and 4; arXiv:2406.18035, Theorem 2",
        "no set below R = 10, every one from there on",
        f"shares {', '.join(f'{v:g}' for v in smooth)} of {trials} random sets at n = "
        f"{', '.join(map(str, SIZES['tanh']))}",
        smooth == [0, 0, 1, 1, 1],
        covers=("strat-stable", "llr-narrow"),
    )
    kinked = [float(v) for v in shares.sel(activation="relu")]
    low, high = wilson(round(kinked[1] * trials), trials)
    yield Claim(
        "ReLU networks are not analytic: R samples need not suffice.",
        "derived and verified here: 2^-3 at n = R for one neuron of three inputs",
        "0.125 at n = R = 3, growing with n",
        f"shares {', '.join(f'{v:.2f}' for v in kinked)} at n = "
        f"{', '.join(map(str, SIZES['relu']))}; [{low:.2f}, {high:.2f}] at n = 3",
        bool(low <= 0.125 <= high and np.all(np.diff(kinked) > 0)),
        kind="derived",
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 3.0))
    axis = figure.subplots()
    for i, name in enumerate(data["activation"].to_numpy()):
        one = data.sel(activation=name)
        axis.plot(
            one["size"], one["share"], "o-", color=f"C{i}", label=NAMES[str(name)]
        )
        axis.axvline(RANK[str(name)], color=f"C{i}", linestyle=":", linewidth=1)
    axis.set_xlabel("number of samples n")
    axis.set_ylabel("share of sets with full rank")
    axis.legend()
    return figure


STABILITY = Experiment(
    "linear-stability",
    "From how many random samples on a target is linearly stable",
    "Share of random sets of normal inputs on which the tangent functions of the "
    "target keep their full rank: two tanh neurons of four inputs (R = 10), one ReLU "
    "neuron of three (R = 3). Dotted: R. Nothing is trained.",
    _measure,
    _judge,
    _draw,
)
