"""How complex the weights are, over the rate of initialisation."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.report import Claim

from ._composition_phases import values
from ._composition_runs import LARGE, runs, SMALL
from ._paper import Experiment, Run

MEASURES = {
    "condensed": "condensed share of query weights",
    "stable_rank": "stable rank of query weights",
    "participation": "participation ratio of embeddings",
    "ordinality": "ordinality of embeddings",
}


def _measure(run: Run) -> xr.Dataset:
    return runs(run)[list(MEASURES)]


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    yield _apart(
        data["condensed"],
        "The query weights of the first layer condense from a small initialisation.",
        "Fig. 6",
        above=True,
    )
    yield _apart(
        data["stable_rank"],
        "A small initialisation has query weights of lower stable rank.",
        "section 6 and the published code",
        above=False,
    )
    yield _apart(
        data["participation"],
        "A small initialisation has embeddings of fewer directions.",
        "section 6",
        above=False,
    )
    middle = [float(np.median(values(data["ordinality"], r))) for r in data.rate]
    listed = ", ".join(
        f"{m:.2f} at {r:g}" for m, r in zip(middle, data.rate.values, strict=True)
    )
    yield Claim(
        "A small initialisation orders the embeddings by value.",
        "section 6",
        "medians that rise with the rate",
        listed,
        bool(np.all(np.diff(middle) > 0)),
    )


def _apart(variable: xr.DataArray, statement: str, source: str, *, above: bool):
    large = values(variable, LARGE)
    small = values(variable.sel(rate=variable.rate >= SMALL))
    apart = small.min() > large.max() if above else small.max() < large.min()
    return Claim(
        statement,
        source,
        f"every run at rates from {SMALL} on {'above' if above else 'below'} every run "
        f"at {LARGE}",
        f"{small.min():.3g} to {small.max():.3g} against {large.min():.3g} to "
        f"{large.max():.3g} in {len(small)} and {len(large)} runs",
        bool(apart),
        "It marks the initialisation: runs on both routes show it.",
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.2, 5.0))
    axes = figure.subplots(2, 2, sharex=True).ravel()
    for axis, (name, title) in zip(axes, MEASURES.items(), strict=True):
        for index, rate in enumerate(data.rate.to_numpy()):
            found = values(data[name], rate)
            spread = index + np.linspace(-0.15, 0.15, len(found))
            axis.plot(spread, found, "o", color="#0072b2", alpha=0.7)
            axis.plot(index, np.median(found), "_", color="#d55e00", markersize=24)
        axis.set_title(title)
        axis.set_ylim(bottom=0)
        axis.set_xticks(range(data.sizes["rate"]), [f"{r:g}" for r in data.rate.values])
    figure.supxlabel("rate γ of the initialisation", fontsize=9)
    return figure


COMPLEXITY = Experiment(
    "figure-6",
    "Condensation, ranks and order over the rate of initialisation",
    "The transformers of the figure before; bars are medians. Condensed share: pairs "
    "of query neurons of layer 0 with |cosine| above 0.7.",
    _measure,
    _judge,
    _draw,
)
