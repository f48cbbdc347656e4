"""What transformers answer and by which route, over the rate of initialisation."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

from suffice.report import Claim
from suffice.sweeps import wilson

from ._composition_runs import LARGE, runs
from ._paper import Experiment, Run

FIT, ANSWER, COMMUTE = 0.9, 0.5, 0.8
ROUTES = ("symmetric", "open", "inferential")


def _measure(run: Run) -> xr.Dataset:
    return runs(run)


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    yield _by_rate(data)
    yield _large_starts(data)
    yield _commuting(data)
    yield _axes(data)


def _by_rate(data: xr.Dataset) -> Claim:
    large, small = (values(data["inferential"], r) for r in (LARGE, data.rate.max()))
    more = mannwhitneyu(small, large, alternative="greater").pvalue
    less = mannwhitneyu(small, large, alternative="less").pvalue
    return Claim(
        "A smaller initialisation infers the unseen pair.",
        "Fig. 2",
        "more inferential answers at the largest rate than at the smallest",
        f"medians {np.median(small):.2f} and {np.median(large):.2f}; runs "
        f"{_listed(small)} and {_listed(large)} (Mann-Whitney p = {more:.3f})",
        True if more < 0.05 else (False if less < 0.05 else None),
        "Runs at small starts are nearly bimodal: a mean hides this.",
    )


def _large_starts(data: xr.Dataset) -> Claim:
    large = data.sel(rate=LARGE)
    share = values(data["inferential"], LARGE)
    count, total = int((share >= ANSWER).sum()), len(share)
    low, high = map(float, wilson(count, total))
    fits = values(large["seen"]).min()
    return Claim(
        "A large initialisation fits the seen pairs without inferring the unseen one.",
        "Fig. 2",
        "no run at rate 0.3 with half of its answers inferential",
        f"{count} of {total} [{low:.2f}, {high:.2f}]; accuracy on seen pairs at least "
        f"{fits:.3f}",
        bool(count == 0) if fits >= FIT else None,
    )


def _commuting(data: xr.Dataset) -> Claim:
    inferred = data["inferential"].to_numpy() >= ANSWER
    share = data["commutativity"].to_numpy()
    first, last = values(data["commutativity"], LARGE), share[inferred]
    if not last.size:
        return Claim(
            "Order is forgotten before pairs are inferred.",
            "the phases of Fig. 2",
            "answers to (3, 4) and (4, 3) equal in every run that infers",
            "no run infers",
            None,
        )
    return Claim(
        "Order is forgotten before pairs are inferred.",
        "the phases of Fig. 2",
        "equal answers to (3, 4) and (4, 3) in every run that infers, fewer at large "
        "starts",
        f"at least {last.min():.2f} in {last.size} runs that infer; "
        f"{_listed(first)} at rate 0.3",
        bool(last.min() >= COMMUTE and np.median(first) < last.min()),
    )


def _axes(data: xr.Dataset) -> Claim:
    answer = data["inferential"].to_numpy() >= ANSWER
    route = data["mechanism"].to_numpy()
    known = np.isfinite(route) & (data["seen"].to_numpy() >= FIT)
    same = known & (answer == (route > 0))
    other, missed = answer & (route < 0), known & ~answer & (route > 0)
    return Claim(
        "The inferential answer is that of the inferential route, and no other.",
        "section 5",
        "answer and route agree in every run",
        f"they agree in {same.sum()} of {known.sum()} runs whose answers depend on a "
        f"route; inferential answers on the symmetric route: {other.sum()}, others on "
        f"the inferential route: {missed.sum()}",
        bool((same == known).all()) if known.any() else None,
        "Behaviour and mechanism are two axes. A symmetric code of pairs may be "
        "additive in its anchors and then extends to the unseen pair; and after the "
        "anchors have taken up the key, the last layer may still memorise pairs.",
    )


def values(variable: xr.DataArray, rate=None) -> np.ndarray:
    """All runs, or those of one rate."""
    chosen = variable if rate is None else variable.sel(rate=rate)
    return chosen.to_numpy().ravel()


def _listed(shares: np.ndarray) -> str:
    if len(shares) > 6:
        return f"from {shares.min():.2f} to {shares.max():.2f}"
    return ", ".join(f"{share:.2f}" for share in shares)


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.4, 3.3))
    left, right = figure.subplots(1, 2)
    for index, rate in enumerate(data.rate.to_numpy()):
        shares = values(data["inferential"], rate)
        routes = values(data["mechanism"], rate)
        shift = index + np.linspace(-0.18, 0.18, len(shares))
        for name, colour in zip(ROUTES, ("#d55e00", "#767676", "#0072b2"), strict=True):
            kept = _route(routes) == name
            label = f"{name} route" if index == 0 else None
            left.plot(shift[kept], shares[kept], "o", color=colour, label=label)
    left.set_xticks(range(data.sizes["rate"]), [f"{r:g}" for r in data.rate.values])
    left.set_xlabel("rate γ of the initialisation")
    left.set_ylabel("inferential answers, unseen pair")
    left.set_ylim(-0.05, 1.05)
    left.legend(loc="upper left")
    right.axhline(ANSWER, color="#d9dee4", zorder=0)
    right.axvline(0, color="#d9dee4", zorder=0)
    for rate in data.rate.to_numpy():
        route, share = (
            values(data["mechanism"], rate),
            values(data["inferential"], rate),
        )
        right.plot(route, share, "o", label=f"γ = {rate:g}")
    right.set_xlim(-1.1, 1.1)
    right.set_xlabel("mechanism: symmetric (-1) to inferential (1)")
    right.set_ylabel("inferential answers")
    right.legend()
    return figure


def _route(scores: np.ndarray) -> np.ndarray:
    open_, up = np.isnan(scores), scores > 0
    return np.where(open_, "open", np.where(up, "inferential", "symmetric"))


PHASES = Experiment(
    "figure-2",
    "Answers and routes over the rate of initialisation",
    "Every dot is a transformer at its last step; no run is left out. Left: answers on "
    "the unseen pair (4, 3). Right: the same against what the answers to seen pairs "
    "depend on, found by cutting edges of attention.",
    _measure,
    _judge,
    _draw,
)
