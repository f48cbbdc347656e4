"""Six designed orders of the entries of a matrix."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run
from suffice.papers._sample_size._entries import completed, squared
from suffice.papers._sample_size._matrices import entries, factored, SEQUENCES, TARGETS
from suffice.papers._sample_size._pictures import curves
from suffice.report._shared import Claim
from suffice.samples import guarantee
from suffice.tangent import prefix_ranks

EXPECTED = (8, 9, 12, 11, 12, 13)


def _measure_sequences(run: Run) -> xr.Dataset:
    matrix, seeds = TARGETS["M2"], (50 if run.full else 5)
    completions, thresholds, kappa = [], [], []
    for number, sequence in enumerate(SEQUENCES, 1):
        run.tell(f"completing M2 along designed sequence {number}")
        order = entries(sequence)
        ranks = np.asarray(prefix_ranks(factored(matrix), order))
        thresholds.append(1 + int(np.argmax(ranks == 7)))
        kappa.append(guarantee(factored(matrix), order[: thresholds[-1]]).kappa)
        orders = np.tile(order, (seeds, 1, 1))
        completions.append(completed(matrix, orders, range(1, 17)))
    data = xr.concat(completions, dim="sequence").assign_coords(sequence=range(1, 7))
    return data.assign(threshold=("sequence", thresholds), kappa=("sequence", kappa))


def _judge_sequences(data: xr.Dataset) -> Iterator[Claim]:
    measured = tuple(int(n) for n in data["threshold"])
    yield Claim(
        "The entries of the six sequences see all tangent directions at n_t.",
        "Fig. 4 of arXiv:2211.11623",
        str(EXPECTED),
        str(measured),
        measured == EXPECTED,
    )
    before = data["recovered"].where(data["size"] < data["threshold"])
    yield Claim(
        "No sequence recovers M2 before its n_t.",
        "Fig. 4 of arXiv:2211.11623",
        "0",
        f"{int(before.sum())} of {int(before.count())} runs",
        bool(before.sum() == 0),
    )
    last = data["recovered"].sel(size=16).mean("seed")
    first = [
        next((int(n) for n in data["size"] if bool(row.sel(size=n).all())), None)
        for row in data["recovered"]
    ]
    yield Claim(
        "Every sequence recovers M2 from its n_t on.",
        "Fig. 4 of arXiv:2211.11623",
        f"all runs recover at n = {measured}",
        f"all runs recover first at n = {tuple(first)}; at 16: {float(last.min()):.2f}",
        bool(tuple(first) == measured),
        "At n_t the entries determine M2, but how well they are conditioned differs: "
        f"kappa {', '.join(f'{float(k):.0f}' for k in data['kappa'])}.",
    )


def _draw_sequences(data: xr.Dataset) -> Figure:
    return curves(
        squared(data["error"]).transpose("sequence", "size"),
        "number of entries n",
        "mean relative squared error",
        marks=data["threshold"].to_numpy(),
    )


SEQUENCE = Experiment(
    "designed-sequences",
    "Six designed sequences of entries",
    "Mean relative squared error of M2 (rank 1). Dashed: the first n at which the "
    "entries see all seven tangent directions.",
    _measure_sequences,
    _judge_sequences,
    _draw_sequences,
)
