"""Zeros of the loss that miss the target: from how many samples on there are none."""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.landscape import sign_certificate
from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim
from suffice.training import ensemble, fit

from ._fits import outputs, target

PARAMETERS = 6
MODELS = {"no bias, 2 inputs": (5, 6, 7), "bias, 1 input": (5, 6, 7)}


def _problem(name: str, rng) -> TwoLayer:
    """The target: a random tanh neuron, or `tanh(x + 1)`."""
    if name == "bias, 1 input":
        return TwoLayer(jnp.ones((1, 1)), jnp.ones(1), jnp.ones(1))
    return target(rng, 2, activation="tanh")


def _zeros(truth: TwoLayer, sizes, runs: int, seed: int) -> np.ndarray:
    """Exact fits from random starts by sample size, and how many miss the target."""
    rng = np.random.default_rng(seed)
    x = 1.5 * rng.standard_normal((max(sizes), truth.inputs))
    key, bias = jax.random.key(seed), truth.b is not None
    template = TwoLayer.normal(2, truth.inputs, key=key, bias=bias)
    models = ensemble(template, runs * len(sizes), scale=1.0, key=key)
    weights = np.arange(len(x)) < np.repeat(sizes, runs)[:, None]
    y = outputs(truth, x, single=True)
    fitted = fit(models, x, y, weights=weights.astype(float), max_steps=300)
    fresh = 1.5 * rng.standard_normal((200, truth.inputs))
    miss = np.abs(outputs(fitted.models, fresh) - outputs(truth, fresh, single=True))
    near = np.abs(np.asarray(fitted.models.w)).max(axis=(1, 2)) < 30
    exact = (fitted.loss < 1e-24) & near
    wrong = exact & (miss.max(axis=1) > 1e-4)
    shape = (len(sizes), runs)
    return np.stack([exact.reshape(shape).sum(1), wrong.reshape(shape).sum(1)])


def _measure_spurious(run: Run) -> xr.Dataset:
    sets, runs = (60, 60) if run.full else (24, 40)
    table = np.zeros((len(MODELS), 2, 3), int)
    for i, (name, sizes) in enumerate(MODELS.items()):
        run.tell(f"fits from random starts: {name}")
        for seed in range(sets):
            truth = _problem(name, np.random.default_rng(seed))
            table[i] += _zeros(truth, sizes, runs, seed)
    return xr.Dataset(
        {"count": (("model", "which", "n"), table)},
        {"model": list(MODELS), "which": ["fits", "spurious"], "n": [5, 6, 7]},
    )


def _judge_spurious(data: xr.Dataset) -> Iterator[Claim]:
    def say(name: str, n: int) -> tuple[int, str]:
        one = data["count"].sel(model=name, n=n)
        wrong = int(one.sel(which="spurious"))
        return wrong, f"{wrong} of {int(one.sel(which='fits'))} exact fits miss it"

    first, second = MODELS
    wrong, text = say(first, 7)
    again, more = say(second, 7)
    yield Claim(
        "With more samples than parameters every zero of the loss is the target: n = "
        "7, two tanh neurons with 6 parameters.",
        "Theorem 5.4: n > (d + 1) m",
        "none",
        f"{first}: {text}; {second}: {more}",
        wrong + again == 0,
        covers=("minima-set",),
    )
    wrong, text = say(second, 6)
    yield Claim(
        "As many samples as parameters suffice for tanh(x + 1): n = 6.",
        "Table 1 of arXiv:2405.13787",
        "none",
        text,
        wrong == 0,
        "No random start found one; the theorem needs one sample more, and the next "
        "claim shows why.",
        kind="other",
    )
    wrong, text = say(first, 6)
    yield Claim(
        "As many samples as parameters suffice for two tanh neurons: two inputs, no "
        "bias, n = 6.",
        "Table 1 of arXiv:2405.13787, read for any model of 6 parameters",
        "none",
        text,
        wrong == 0,
        "With as many equations as unknowns the zeros are isolated, and some of them "
        "need not be the target.",
        kind="other",
    )


def _draw_spurious(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.4, 3.0))
    axis = figure.subplots()
    for i, name in enumerate(MODELS):
        one = data["count"].sel(model=name)
        share = one.sel(which="spurious") / one.sel(which="fits").clip(1)
        places = data.n + 0.18 * (2 * i - 1)
        axis.bar(places, share, 0.34, label=name)
        for place, k, total in zip(
            places, one.sel(which="spurious"), one.sel(which="fits"), strict=True
        ):
            axis.text(place, float(k / max(int(total), 1)), f"{int(k)}/{int(total)}",
                      ha="center", va="bottom", fontsize=7)  # fmt: skip
    axis.set_xticks(data.n)
    axis.set_xlabel("number of samples n; 6 parameters")
    axis.set_ylabel("exact fits that miss the target")
    axis.legend()
    return figure


SPURIOUS = Experiment(
    "spurious",
    "Zeros of the loss that miss the target",
    "Two tanh neurons learn one: Levenberg-Marquardt from random starts, random "
    "samples; exact fits with bounded weights.",
    _measure_spurious,
    _judge_spurious,
    _draw_spurious,
)

# A certificate against all networks without negative output weights ----------------


class Nonnegative(eqx.Module):
    """Gaussian neurons whose output weights are squares."""

    root: jax.Array
    w: jax.Array

    def __call__(self, x: jax.Array) -> jax.Array:
        """Evaluate at one input."""
        return self.root**2 @ jnp.exp(-((self.w @ x) ** 2))


def _measure_sign(run: Run) -> xr.Dataset:
    sets, runs = (60, 40) if run.full else (12, 30)
    template = Nonnegative(jnp.ones(5), jnp.ones((5, 1)))
    grid = np.linspace(-3, 3, 61)[:, None]
    rng = np.random.default_rng(0)
    run.tell("certificates against nonnegative networks")
    rows = []
    for seed in range(sets):
        truth = TwoLayer(
            jnp.asarray(rng.standard_normal((1, 1))),
            jnp.asarray(rng.uniform(0.6, 1.5, 1)),
            activation="gaussian",
        )
        n = 2 if seed % 4 == 0 else 3
        x = 1.5 * rng.standard_normal((3, 1))
        proved = sign_certificate(truth, x[:n], box=8.0).status == "proved"
        models = ensemble(template, runs, scale=1.0, key=jax.random.key(seed))
        weights = np.broadcast_to(np.arange(3) < n, (runs, 3)).astype(float)
        y = outputs(truth, x, single=True)
        fitted = fit(models, x, y, weights=weights, max_steps=500)
        inside = (np.abs(np.asarray(fitted.models.w)) < 8).all((1, 2))
        exact = (fitted.loss < 1e-20) & inside
        miss = np.abs(outputs(fitted.models, grid) - outputs(truth, grid, single=True))
        wrong = exact & (miss.max(axis=1) > 1e-3)
        rows.append((proved, exact.sum(), wrong.sum()))
    return xr.Dataset({"rows": (("set", "which"), np.array(rows, int))})


def _judge_sign(data: xr.Dataset) -> Iterator[Claim]:
    rows = data["rows"].to_numpy()
    proved, rest = rows[rows[:, 0] == 1], rows[rows[:, 0] == 0]
    yield Claim(
        "Where a sign certificate is proved, every exact fit without negative output "
        "weights is the target, with 3 samples for 10 parameters.",
        "derived and verified here",
        "none misses the target; without a certificate some do",
        f"{proved[:, 2].sum()} of {proved[:, 1].sum()} miss it on {len(proved)} "
        f"certified sets; {rest[:, 2].sum()} of {rest[:, 1].sum()} on the other "
        f"{len(rest)}",
        bool(len(proved) and proved[:, 2].sum() == 0 and rest[:, 2].sum() > 0),
        kind="derived",
    )


SIGN = Experiment(
    "sign-certificate",
    "Few samples are enough for networks without negative output weights",
    "One Gaussian neuron of one input, models of five, 2 or 3 samples.",
    _measure_sign,
    _judge_sign,
)
