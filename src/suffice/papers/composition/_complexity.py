"""How complex the weights are, over the rate of initialisation."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, fair, Run
from suffice.papers._transformers import record_labels
from suffice.report._shared import Claim

from ._runs import at_the_end, runs, SMALL, values

MEASURES = {
    "condensed": "condensed share of query weights",
    "stable_rank": "stable rank of query weights",
    "participation": "participation ratio of embeddings",
    "ordinality": "ordinality of embeddings",
}


def _measure(run: Run) -> xr.Dataset:
    return runs(run)[list(MEASURES)]


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    data = at_the_end(data)
    yield _apart(
        data,
        "condensed",
        "The query weights of the first layer condense from a small initialisation.",
        "Fig. 6",
        above=True,
    )
    yield _apart(
        data,
        "stable_rank",
        "From a small initialisation the query weights have a lower stable rank.",
        "section 6 and the published code",
        above=False,
    )
    yield _apart(
        data,
        "participation",
        "From a small initialisation the embeddings use fewer directions.",
        "section 6",
        above=False,
    )
    middle = [float(np.median(values(data["ordinality"], r))) for r in data.rate]
    listed = ", ".join(
        f"{m:.2f} at {r:g}" for m, r in zip(middle, data.rate.values, strict=True)
    )
    yield Claim(
        "From a small initialisation the embeddings are ordered by the values of "
        "their tokens.",
        "section 6",
        "medians that rise with the rate",
        listed,
        fair(bool(np.all(np.diff(middle) > 0)), data),
        covers=("compose-complexity",),
    )


def _apart(
    data: xr.Dataset, name: str, statement: str, source: str, *, above: bool
) -> Claim:
    variable = data[name]
    rate = float(variable.rate.min())
    large = values(variable, rate)
    small = values(variable.sel(rate=variable.rate >= SMALL))
    apart = small.min() > large.max() if above else small.max() < large.min()
    return Claim(
        statement,
        source,
        f"every run at rates from {SMALL} on {'above' if above else 'below'} every run "
        f"at {rate:g}",
        f"{_span(small)} in {len(small)} runs, against {_span(large)} in {len(large)}",
        fair(bool(apart), data),
        "This follows from the initialisation: runs on both routes show it.",
        covers=("compose-complexity",),
    )


def _span(every: np.ndarray) -> str:
    low, high = (f"{value:.3g}" for value in (every.min(), every.max()))
    return low if low == high else f"{low} to {high}"


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.0, 5.2))
    axes = figure.subplots(2, 2, sharex=True).ravel()
    ordered, count = data.transpose("time", "rate", ...), data.sizes["time"]
    for axis, (name, title) in zip(axes, MEASURES.items(), strict=True):
        for index, rate in enumerate(data.rate.to_numpy()):
            every = ordered[name].sel(rate=rate).to_numpy().reshape(count, -1)
            label = [f"γ = {rate:g}"] + [None] * (every.shape[1] - 1)
            axis.plot(every, color=f"C{index}", alpha=0.7, label=label)
        axis.set_title(title)
        axis.set_ylim(bottom=0)
        axis.set_xticks(range(count), record_labels(count))
    axes[0].legend()
    figure.supxlabel("share of the training", fontsize=9)
    return figure


COMPLEXITY = Experiment(
    "figure-6",
    "Condensation, ranks and order along training",
    "The transformers of the figures above, one line per run. The condensed share "
    "counts the pairs of query neurons of layer 0 with |cosine| above 0.7.",
    _measure,
    _judge,
    _draw,
)
