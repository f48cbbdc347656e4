"""Initialisation scale, sample size and learning rate."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import binomtest

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.sweeps import wilson
from suffice.training import GradientDescent, GradientFlow, Outcome, train

from ._ratios import mark_sizes
from ._setting import even, normal_starts, padded, RECOVERED, target, test_set

FLOW = GradientFlow(rtol=1e-5, max_steps=1500)
SCALES = (1e-3, 0.1, 0.25, 0.5, 1.0, 2.0)
SIZES = (2, 3, 4, 5, 6)


def _swept(x: np.ndarray, scales) -> xr.Dataset:
    """Errors over scale, size and seed; `x` holds six samples for each size and seed.

    One program and one queue for all runs.
    """
    sizes, seeds = x.shape[:2]
    starts = [normal_starts(seeds, scale) for scale in scales]
    models = _stacked([start for start in starts for _ in range(sizes)])
    data = padded(np.tile(x.reshape(-1, *x.shape[2:]), (len(scales), 1, 1)))
    size = np.tile(np.repeat(SIZES[:sizes], seeds), len(scales))
    data["weights"] = (np.arange(6) < size[:, None]).astype(float)
    training = train(models, **data, method=FLOW, test=test_set(1), recover=RECOVERED)
    shape, dims = (len(scales), sizes, seeds), ("scale", "size", "seed")
    recovered = (training.outcome == Outcome.recovered).astype(np.int8)
    return xr.Dataset(
        {
            "error": (dims, training.test_error.reshape(shape)),
            "recovered": (dims, recovered.reshape(shape)),
        },
        {"scale": list(scales), "size": list(SIZES[:sizes])},
    )


def _stacked(ensembles):
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *ensembles)


# Evenly spaced samples ------------------------------------------------------------


def _measure_even(run: Run) -> xr.Dataset:
    run.tell("five sample sizes, six scales, evenly spaced samples")
    seeds = 100 if run.full else 40
    x = np.zeros((len(SIZES), seeds, 6, 1))
    for row, n in zip(x, SIZES, strict=True):
        row[:, :n] = even(n, seeds)
    return _swept(x, SCALES)


def _judge_even(data: xr.Dataset) -> Iterator[Claim]:
    error = data["error"].mean("seed")
    small, large = error.sel(scale=0.1), error.sel(scale=2.0)
    sizes = [2, 3, 4]  # from 5 on nearly every run recovers, whatever the scale
    pairs = [(n, float(small.sel(size=n)), float(large.sel(size=n))) for n in sizes]
    yield Claim(
        "A smaller initialisation generalises better.",
        "Fig. 1 (a)-(c)",
        "mean error at scale 0.1 below that at scale 2",
        "; ".join(f"n = {n}: {low:.1e} and {high:.1e}" for n, low, high in pairs),
        all(low < high for _, low, high in pairs),
        covers=("neuron-scale",),
    )
    row = [float(error.sel(scale=0.25, size=n)) for n in SIZES]
    yield Claim(
        "The mean error falls with the sample size.",
        "Fig. 1",
        "falling",
        ", ".join(f"{v:.1e}" for v in row) + " at scale 0.25, n = 2 ... 6",
        bool(np.all(np.diff(row) < 0)),
        "So the figure shows it; one sentence of the text has the opposite direction.",
        covers=("neuron-fewer",),
    )
    none = data["recovered"].sel(size=2)
    full = data["recovered"].sel(size=6)
    yield Claim(
        "Below the optimistic sample size 3 nothing is recovered; from 6 samples, as "
        "many as there are parameters, everything is.",
        "Fig. 1 and Table 1",
        "no run at n = 2, every run at n = 6",
        f"{int(none.sum())} of {none.size} runs and {int(full.sum())} of {full.size}",
        bool(none.sum() == 0 and full.mean() == 1),
        covers=("neuron-below",),
    )


def _draw_even(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 3.4))
    axis = figure.subplots()
    for n in data["size"].to_numpy():
        error = data["error"].sel(size=n).mean("seed").clip(1e-12)
        axis.loglog(data["scale"], error, "o-", label=f"n = {n}")
    axis.set_xlabel("initial standard deviation")
    axis.set_ylabel("mean relative test error")
    axis.legend(ncols=2)
    return figure


EVEN = Experiment(
    "figure-1",
    "Error over initialisation scale, evenly spaced samples",
    "Two tanh neurons with bias learn tanh(x + 1) from n evenly spaced samples on "
    "[-2, 2]: relative root mean square error after gradient flow, mean over seeds.",
    _measure_even,
    _judge_even,
    _draw_even,
)


# Random samples -------------------------------------------------------------------


def _measure_random(run: Run) -> xr.Dataset:
    run.tell("five sample sizes, six scales, random samples")
    seeds = 400 if run.full else 120
    rng = np.random.default_rng(31)
    sets = rng.standard_normal((seeds, 6, 1))
    return _swept(np.broadcast_to(sets, (len(SIZES), *sets.shape)), SCALES)


def _judge_random(data: xr.Dataset) -> Iterator[Claim]:
    error = data["error"].mean("seed").sel(size=4)
    small, middle = (float(error.sel(scale=s)) for s in (1e-3, 0.5))
    yield Claim(
        "At the separation size 4 the mean error is smallest at small scales.",
        "Fig. 1 (f)",
        "smaller is better",
        f"{small:.4f} at 0.001, {middle:.4f} at 0.5",
        steady(lambda share: small < (1 - share) * middle, (0.0, 0.1, 0.2)),
        covers=("neuron-scale",),
    )
    share = data["recovered"].sel(size=4)
    k = {s: int(share.sel(scale=s).sum()) for s in (1e-3, 0.5)}
    n = share.sizes["seed"]
    ends = {s: tuple(map(float, wilson(count, n))) for s, count in k.items()}
    yield Claim(
        "At the separation size 4 exact recovery is most likely at small scales.",
        "suggested by Fig. 1 (f)",
        "more at 0.001 than at 0.5",
        ", ".join(
            f"{k[s] / n:.2f} [{low:.2f}, {high:.2f}] at {s:g}"
            for s, (low, high) in ends.items()
        ),
        _above(ends[1e-3], ends[0.5]),
        "A smaller initialisation lowers the mean error, but it does not raise the "
        "fraction that recovers: runs from moderate scales reach the separated branch "
        "far more often.",
        kind="reading",
    )


def _above(one: tuple[float, ...], other: tuple[float, ...]) -> bool | None:
    """Whether an interval lies above another; None where they overlap."""
    return True if one[0] > other[1] else (False if one[1] < other[0] else None)


def _draw_random(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(6.2, 3.4))
    axis = figure.subplots()
    for scale in data["scale"].to_numpy():
        share = data["recovered"].sel(scale=scale).mean("seed")
        axis.plot(data["size"], share, "o-", label=f"scale {scale:g}")
    mark_sizes(axis, 1)
    axis.set_xlabel("number of samples n")
    axis.set_xticks(SIZES)
    axis.set_ylabel("fraction recovered")
    figure.legend(loc="outside right center")
    return figure


RANDOM = Experiment(
    "figure-1f",
    "Recovery over sample size, random samples",
    "The same two neurons and target, with samples from N(0, 1), a new set for every "
    "seed: fraction of seeds that recover the target. Vertical lines: the sizes of "
    "Table 1.",
    _measure_random,
    _judge_random,
    _draw_random,
)


# The learning rate ----------------------------------------------------------------

RATES = (0.5, 0.1)


def _measure_rates(run: Run) -> xr.Dataset:
    seeds = 400 if run.full else 100
    start = normal_starts(seeds, 1e-3)
    x = np.linspace(-2, 2, 4)[:, None]
    test = test_set(1)
    run.tell("gradient flow from small starts, n = 4")
    flow = train(start, x, target(x), method=FLOW, test=test, recover=RECOVERED)
    recovered = {"flow": flow.outcome == Outcome.recovered}
    for rate in RATES:
        run.tell(f"gradient descent with learning rate {rate}")
        method = GradientDescent(rate, 1_000_000)
        ends = train(start, x, target(x), method=method, test=test, recover=RECOVERED)
        recovered[f"{rate:g}"] = ends.outcome == Outcome.recovered
    table = np.stack(list(recovered.values())).astype(np.int8)
    return xr.Dataset(
        {
            "recovered": (("method", "seed"), table),
            "curvature": ("seed", flow.curvature),
        },
        {"method": list(recovered)},
    )


def _judge_rates(data: xr.Dataset) -> Iterator[Claim]:
    n = data.sizes["seed"]
    hit = {str(m): v.to_numpy().ravel() for m, v in data["recovered"].groupby("method")}
    gained = int(((hit["0.5"] == 1) & (hit["flow"] == 0)).sum())
    lost = int(((hit["0.5"] == 0) & (hit["flow"] == 1)).sum())
    chance = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    shares = ", ".join(f"{h.mean():.2f} ({name})" for name, h in hit.items())
    yield Claim(
        "Gradient descent with learning rate 0.5 recovers the same fraction as "
        "gradient flow.",
        "Fig. 1 and Fig. 4 (learning rate 0.5), read as statements about the flow",
        "the same fraction",
        f"{shares} of {n} starts; descent gains {gained} and loses {lost} "
        f"(p = {chance:.0e})",
        bool(chance > 0.01),
        "At the edge of stability descent cannot stay at the sharper minima that the "
        "flow finds, and goes on to flatter ones, more of which are the target. With "
        "learning rate 0.1 it agrees with the flow.",
        kind="reading",
    )
    edge = 0.5 * data["curvature"].to_numpy()
    yield Claim(
        "The learning rate 0.5 is small enough for the minima of the flow.",
        "Sec. 3 (setting), read as a stand-in for the flow",
        "learning rate times curvature below 2 at all of them",
        f"from {edge.min():.2f} to {edge.max():.2f}, above 2 at "
        f"{np.mean(edge > 2):.2f} of them",
        bool(edge.max() < 2),
        "At a product above 2 descent cannot converge to the minimum.",
        kind="reading",
    )


RATE = Experiment(
    "learning-rate",
    "Gradient flow against the learning rates of the paper",
    "Two neurons, four evenly spaced samples, initial standard deviation 0.001, the "
    "same starts for all methods.",
    _measure_rates,
    _judge_rates,
)
