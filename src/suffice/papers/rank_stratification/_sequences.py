"""Six designed orders of the entries of a matrix."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run, steady
from suffice.papers._sample_size._entries import completed, LEVELS, squared
from suffice.papers._sample_size._matrices import entries, factored, SEQUENCES, TARGETS
from suffice.papers._sample_size._pictures import curves
from suffice.report._shared import Claim
from suffice.tangent import prefix_ranks

TWICE = 3  # the sequence that names one entry twice


def _measure_sequences(run: Run) -> xr.Dataset:
    matrix, seeds = TARGETS["M2"], (50 if run.full else 5)
    completions, thresholds = [], []
    for number, sequence in enumerate(SEQUENCES, 1):
        run.tell(f"completing M2 along designed sequence {number}")
        order = entries(sequence)
        ranks = np.asarray(prefix_ranks(factored(matrix), order))
        thresholds.append(1 + int(np.argmax(ranks == 7)))
        orders = np.tile(order, (seeds, 1, 1))
        completions.append(completed(matrix, orders, range(1, 17)))
    data = xr.concat(completions, dim="sequence").assign_coords(sequence=range(1, 7))
    return data.assign(threshold=("sequence", thresholds))


def _judge_sequences(data: xr.Dataset) -> Iterator[Claim]:
    whole = data.sel(sequence=[n for n in data["sequence"].to_numpy() if n != TWICE])
    error, at = whole["error"], whole["threshold"]
    below = error.where(whole["size"] < at)
    yield Claim(
        "No sequence recovers M2 before its n_t.",
        "Fig. 4",
        "large errors",
        f"relative errors of at least {float(below.min()):.1e} at n < n_t",
        steady(lambda level: float(below.min()) >= level, LEVELS),
        covers=("strat-stable", "strat-size"),
    )
    later = error.where(whole["size"] >= at)
    late = [f"{float(row.max()):.0e}" for row in later]
    yield Claim(
        "The five sequences without a repeated entry recover M2 from their n_t on.",
        "Fig. 4",
        "small errors",
        f"relative errors of at most {', '.join(late)} at n >= n_t = "
        f"{', '.join(str(int(n)) for n in at)}",
        steady(lambda level: float(later.max()) < level, LEVELS),
        f"Sequence {TWICE} is not judged: as printed it names the entry (3, 3) twice "
        "and lacks another.",
        covers=("strat-stable", "strat-hypothesis", "strat-size", "strat-recovery"),
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
