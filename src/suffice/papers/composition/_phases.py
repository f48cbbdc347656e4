"""What transformers answer, over rate of initialisation and number of layers."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

from suffice.papers._paper import Experiment, fair, Run
from suffice.report._shared import Claim
from suffice.sweeps import wilson

from ._runs import at_the_end, LARGE, names, runs, SMALL, SURE, told, values, WIDTH

COLOURS = {
    "unfit": "#c9c9c9",
    "memorising": "#e69f00",
    "symmetric": "#d55e00",
    "inferential": "#0072b2",
    "mixed": "#009e73",
}


def _measure(run: Run) -> xr.Dataset:
    return at_the_end(runs(run))


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    yield _by_rate(data)
    yield _large_starts(data)
    yield _between(data) if data.attrs["preset"] == "exception" else _commuting(data)


def _by_rate(data: xr.Dataset) -> Claim:
    shares = data["inferential"]
    parts = [shares.sel(rate=data.rate >= SMALL), shares.sel(rate=data.rate <= LARGE)]
    more, less, each = [], [], []
    for layers in data.layers.to_numpy():
        small, large = (values(part.sel(layers=layers)) for part in parts)
        more.append(mannwhitneyu(small, large, alternative="greater").pvalue)
        less.append(mannwhitneyu(small, large, alternative="less").pvalue)
        each.append(
            f"{layers} layers: medians {np.median(small):.2f} and "
            f"{np.median(large):.2f}, runs {told(small)} and {told(large)} "
            f"(Mann-Whitney p = {more[-1]:.3f})"
        )
    return Claim(
        "Transformers from a smaller initialisation infer the answer to the unseen "
        "pair.",
        "Fig. 2",
        f"more inferential answers at rates from {SMALL} on than up to {LARGE}, at "
        "every depth",
        "; ".join(each),
        fair(True if max(more) < SURE else (False if min(less) < SURE else None), data),
        f"Single runs differ widely; see the figure. {WIDTH}",
        covers=("compose-scale",),
    )


def _large_starts(data: xr.Dataset) -> Claim:
    rate = float(data.rate.min())
    part = data.sel(rate=rate)
    fit = part["phase"] != data.attrs["phases"].split().index("unfit")
    infers = part["inferential"] >= data.attrs["answer"]
    fits, inferred = int(fit.sum()), int((fit & infers).sum())
    low, high = map(float, wilson(inferred, max(fits, 1)))
    return Claim(
        "Transformers from a large initialisation fit the seen pairs without "
        "inferring the unseen one.",
        "Fig. 2",
        f"no run at rate {rate:g} that is right on {data.attrs['fit']} of every seen "
        f"pair has {data.attrs['answer']} of its answers inferential",
        f"{inferred} of {fits} runs that fit [{low:.2f}, {high:.2f}], "
        f"{fit.size - fits} do not fit; inferential answers "
        f"{told(values(data['inferential'], rate))}",
        fair(bool(inferred == 0) if 2 * fits >= fit.size else None, data),
        f"A run from a large initialisation inferred the pair. {WIDTH}"
        if inferred
        else "",
        covers=("compose-scale",),
    )


def _commuting(data: xr.Dataset) -> Claim:
    """The claim where neither order is trained, so that both can be answered alike."""
    rate, least = float(data.rate.min()), data.attrs["commute"]
    phase, share = names(data, "phase"), data["commutativity"].to_numpy()
    last = share[phase == "inferential"]
    first = values(data["commutativity"], rate)
    enough = last.size > 1  # one run may be lucky
    below = bool(enough and last.min() < least)
    alike = bool(enough and np.median(first) >= last.min())
    remark = "A run inferred one order only." if below else ""
    return Claim(
        "As the initialisation becomes smaller, transformers first ignore the order "
        "of the anchors and only later infer unseen pairs.",
        "the phases of Fig. 2",
        f"at least {least} equal answers to (3, 4) and (4, 3) in every run that infers "
        "(two or more), fewer at large starts",
        f"{told(last)} in {last.size} runs that infer; {told(first)} at rate {rate:g}",
        fair(not (below or alike) if enough else None, data),
        "Runs from a large initialisation answer both orders alike as often."
        if alike
        else remark,
        covers=("compose-scale",),
    )


def _between(data: xr.Dataset) -> Claim:
    """Where (3, 4) has a map of its own, its answer to (4, 3) is the symmetric one."""
    phase, rates = names(data, "phase"), data.rate.broadcast_like(data["phase"])
    mirrored, inferred = (
        rates.to_numpy()[phase == n] for n in ("symmetric", "inferential")
    )
    both = mirrored.size and inferred.size
    p = [
        float(mannwhitneyu(inferred, mirrored, alternative=side).pvalue) if both else 1
        for side in ("greater", "less")
    ]
    return Claim(
        "As the initialisation becomes smaller, the symmetric answer appears first "
        "and the inferential answer later.",
        "the phases of Fig. 2",
        "runs that answer (4, 3) like (3, 4) have smaller rates than runs that infer",
        f"{mirrored.size} symmetric runs at rates {_span(mirrored)}, {inferred.size} "
        f"inferential ones at {_span(inferred)} (Mann-Whitney p = {p[0]:.3f})",
        fair(True if p[0] < SURE else (False if p[1] < SURE else None), data),
        "The runs with symmetric answers have the larger rates." if p[1] < SURE else "",
        covers=("compose-scale",),
    )


def _span(rates: np.ndarray) -> str:
    return f"{rates.min():g} to {rates.max():g}" if rates.size else "none"


def _draw(data: xr.Dataset) -> Figure:
    several = data.sizes["layers"] > 1
    figure = Figure(figsize=(6.4, 4.2 if several else 3.4))
    axis = figure.subplots()
    _diagram(axis, data) if several else _shares(axis, data)
    axis.set_xticks(range(data.sizes["rate"]), [f"{r:g}" for r in data.rate.values])
    axis.set_xlabel("rate γ of the initialisation")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _diagram(axis: Axes, data: xr.Dataset) -> None:
    """Phases over rate and number of layers; seeds stand beside each other."""
    ordered = data.transpose("rate", "layers", "seed")
    phase = names(ordered, "phase")
    x, y, seed = np.meshgrid(*map(np.arange, phase.shape), indexing="ij")
    x = x + 0.22 * (seed - (data.sizes["seed"] - 1) / 2)
    for name, colour in COLOURS.items():
        kept = phase == name
        axis.plot(x[kept], y[kept], "s", color=colour, markersize=9, label=name)
    axis.set_yticks(range(data.sizes["layers"]), [f"{d}" for d in data.layers.values])
    axis.set_ylabel("layers")


def _shares(axis: Axes, data: xr.Dataset) -> None:
    """Shares of one number of layers over the rate, coloured by the phase."""
    shares = data["inferential"].isel(layers=0).transpose("rate", "seed").to_numpy()
    phase = names(data.isel(layers=0).transpose("rate", "seed", ...), "phase")
    x, seed = np.meshgrid(*map(np.arange, shares.shape), indexing="ij")
    x = x + 0.07 * (seed - (data.sizes["seed"] - 1) / 2)
    for name, colour in COLOURS.items():
        kept = phase == name
        if kept.any():
            axis.plot(x[kept], shares[kept], "o", color=colour, label=name)
    axis.set_ylabel("inferential answers, unseen pair")
    axis.set_ylim(-0.05, 1.05)


PHASES = Experiment(
    "figure-2",
    "Answers to the unseen pair, over the rate of initialisation",
    "Every dot is a transformer at its last step; no run is left out. The paper takes "
    "the best of nine learning rates, and the best epoch, for each answer by itself; "
    "here one learning rate and the last step count, and every step sees fresh "
    "sequences in place of a fixed set of 900 000. Unfit: some seen pair is answered "
    "right in less than 0.9 of its sequences.",
    _measure,
    _judge,
    _draw,
)
