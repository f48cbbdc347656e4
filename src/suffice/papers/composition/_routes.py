"""The routes by which the transformers of the study answer."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import fisher_exact, mannwhitneyu

from suffice.papers._paper import Experiment, fair, Run
from suffice.report._shared import Claim
from suffice.sweeps import wilson

from ._runs import at_the_end, LARGE, names, runs, SMALL, SURE, told, values, WIDTH

VECTORS = {
    "answer_vectors": "the last position",
    "anchor_vectors": "the first anchor",
}


def _measure(run: Run) -> xr.Dataset:
    return at_the_end(runs(run))


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    yield _by_rate(data)
    yield _attention(data)
    yield _vectors(data)
    yield _axes(data)


def _fitting(data: xr.Dataset) -> np.ndarray:
    """Runs that fit and whose answers depend on a route, or on both."""
    known = ~np.isin(names(data, "route"), ("open", "missing"))
    return known & ~np.isin(names(data, "phase"), ("unfit", "missing"))


def _by_rate(data: xr.Dataset) -> Claim:
    rates = data.rate.broadcast_like(data["route"]).to_numpy()
    inferential, fit = names(data, "route") == "inferential", _fitting(data)
    chosen = [fit & (rates >= SMALL), fit & (rates <= LARGE)]
    table = [[int((c & inferential).sum()), int((c & ~inferential).sum())]
             for c in chosen]  # fmt: skip
    p = [float(fisher_exact(table, side).pvalue) for side in ("greater", "less")]
    scores = [told(data["mechanism"].to_numpy()[kept]) for kept in chosen]
    agrees = True if p[0] < SURE else (False if p[1] < SURE else None)
    return Claim(
        "From a small initialisation each anchor reads the key, and the last position "
        "reads both anchors.",
        "Fig. 4",
        f"the inferential route in more of the runs that fit at rates from {SMALL} on "
        f"than up to {LARGE}",
        f"{_share(table[0])} against {_share(table[1])} (Fisher p = {p[0]:.3f}, the "
        f"other way {p[1]:.3f}); scores {scores[0]} against {scores[1]}",
        fair(agrees, data),
        "" if agrees else _why(data, fit),
        covers=("compose-mechanisms",),
    )


def _share(row: list[int]) -> str:
    low, high = map(float, wilson(row[0], max(sum(row), 1)))
    return f"{row[0]} of {sum(row)} [{low:.2f}, {high:.2f}]"


def _why(data: xr.Dataset, fit: np.ndarray) -> str:
    rates, route = (
        data.rate.broadcast_like(data["route"]).to_numpy(),
        names(data, "route"),
    )
    sentences = []
    for rate in data.rate.to_numpy():
        here = route[fit & (rates == rate)]
        kinds = ("inferential", "both", "symmetric")
        counts = ", ".join(f"{(here == kind).sum()} {kind}" for kind in kinds)
        sentences.append(f"{counts} at rate {rate:g}")
    size = "" if data.attrs.get("full") else f" {WIDTH}"
    return f"All runs that fit are counted: {'; '.join(sentences)}.{size}"


def _attention(data: xr.Dataset) -> Claim:
    sided = _fitting(data) & (names(data, "route") != "both")
    flow, score = data["flow_seen"].to_numpy(), data["mechanism"].to_numpy()
    same = sided & (flow * score > 0)
    wrong = sided & ~same
    return Claim(
        "Attention follows the route on which the answers depend.",
        "Fig. 4",
        "the same route in every run that fits and depends on one",
        f"{same.sum()} of {sided.sum()} runs",
        fair(bool((same == sided).all()) if sided.any() else None, data),
        f"Attention scores {told(flow[wrong])} where cutting edges gives "
        f"{told(score[wrong])}."
        if wrong.any()
        else "",
        covers=("compose-mechanisms",),
    )


def _vectors(data: xr.Dataset) -> Claim:
    fit, route = _fitting(data), names(data, "route")
    groups = [fit & (route == name) for name in ("inferential", "symmetric")]
    parts, more, less = [], [], []
    for name, place in VECTORS.items():
        inf, sym = (data[name].to_numpy()[group] for group in groups)
        parts.append(f"{told(inf)} against {told(sym)} at {place}")
        if inf.size and sym.size:
            more.append(mannwhitneyu(inf, sym, alternative="greater").pvalue < SURE)
            less.append(mannwhitneyu(inf, sym, alternative="less").pvalue < SURE)
    return Claim(
        "Vectors of equal meaning are parallel in an inferential transformer.",
        "Fig. 5",
        "more so in runs on the inferential route than in runs on the symmetric one "
        "(Mann-Whitney, 1 %)",
        "probability that the cosine tells equal from unequal: " + ", ".join(parts),
        fair(True if more and all(more) else (False if any(less) else None), data),
        "Vectors of runs on the symmetric route are the more parallel ones."
        if any(less)
        else "",
        covers=("compose-mechanisms",),
    )


def _axes(data: xr.Dataset) -> Claim:
    route, answer = names(data, "route"), names(data, "phase") == "inferential"
    fit = _fitting(data)
    sided = fit & (route != "both")
    inferential = route == "inferential"
    same = sided & (answer == inferential)
    other, missed = sided & answer & ~inferential, sided & ~answer & inferential
    return Claim(
        "Transformers give the inferential answer if and only if they use the "
        "inferential route.",
        "section 5",
        "answer and route agree in every run that fits and depends on one route",
        f"they agree in {same.sum()} of {sided.sum()} runs; inferential answers on the "
        f"symmetric route: {other.sum()}, others on the inferential route: "
        f"{missed.sum()}; {(fit & (route == 'both')).sum()} runs depend on both",
        fair(bool((same == sided).all()) if sided.any() else None, data),
        "Answers and routes are independent where the offsets of the anchors add up: "
        f"there a transformer can extrapolate on either route. {WIDTH}",
        covers=("compose-mechanisms",),
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.4, 3.4))
    left, right = figure.subplots(1, 2)
    side = data.attrs["side"]
    for axis in (left, right):
        axis.axvspan(-side, side, color="#eef0f2", zorder=0)
        axis.set_xlim(-1.1, 1.1)
        axis.set_xlabel("mechanism: symmetric (-1) to inferential (1)")
    unfit = names(data, "phase") == "unfit"
    score, share = data["mechanism"].to_numpy(), data["inferential"].to_numpy()
    left.plot(score[unfit], share[unfit], "kx", markersize=9, label="unfit")
    for rate in data.rate.to_numpy():
        x, y = (values(data[name], rate) for name in ("mechanism", "inferential"))
        left.plot(x, y, "o", label=f"γ = {rate:g}")
    left.set_ylim(-0.05, 1.05)
    left.set_ylabel("inferential answers, unseen pair")
    left.legend()
    for name, place in VECTORS.items():
        right.plot(score.ravel(), values(data[name]), "o", label=place)
    right.set_ylim(0.45, 1.02)
    right.set_ylabel("cosine tells equal meanings")
    right.legend()
    return figure


ROUTES = Experiment(
    "figures-4-5",
    "Routes of the answers, in every run",
    "The transformers of the figure above. Mechanism: the route on which the answers "
    "to seen pairs depend, found by cutting edges of attention; in the grey band they "
    "depend on both routes. Right: the probability that the cosine of two vectors "
    "tells equal from unequal meanings; vectors of equal meaning should be parallel in "
    "transformers on the inferential route.",
    _measure,
    _judge,
    _draw,
)
