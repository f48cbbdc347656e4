"""Fixed matrices in attention: which of them make a step easier to learn."""

import dataclasses
from collections.abc import Iterator

import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, fair, Run
from suffice.papers._transformers import record_labels, swept
from suffice.reasoning import ChainStudy, ChainTask, Decoder, Noise, Recipe
from suffice.report._shared import Claim

from ._paired import paired_interval, told

SECOND_HAND = "later versions, known at second hand"
EXPECTED = (
    (
        "serial",
        ("Random matrices that bring the kernels near the identity help training."),
        1,
    ),
    ("random", "Random matrices in their published form help training.", 1),
    ("identity", "Identity matrices in their place do not help training.", -1),
)


def studies(full: bool) -> dict[str, ChainStudy]:
    """The baseline and kinds of matrices, with equal starts and sequences.

    Quick: one step, for which the published random matrices are the serial ones and
    left out, 4 seeds, 400 steps, one draw of the matrices, about 120 CPU seconds. Full:
    two steps in 3 layers, 8 draws with a start and sequences each, 1600 steps at the
    same width, 32 runs, about 40 minutes of one core (estimated, not run).
    """
    task = ChainTask(steps=2 if full else 1, pairs=4, tokens=(20, 61))
    model = Decoder(3 if full else 2, 64, 128, rate=0.8, key_dim=64)
    steps, keys, seeds = (1600, 8, 1) if full else (400, 1, 4)
    grid = {"key": tuple(range(keys))}
    kinds = ("serial", "random", "identity") if full else ("serial", "identity")
    base = ChainStudy(
        *(task, model, Recipe(1e-3, steps), grid, seeds), evaluated=500, block=seeds
    )
    return {
        "without": base,
        "with": dataclasses.replace(
            base,
            model=dataclasses.replace(model, noise=Noise()),
            grid={"model.noise.variant": kinds, **grid},
        ),
    }


def _measure(run: Run) -> xr.Dataset:
    without, added = (
        swept(run, one, run.folder / name, f"kinds, {name} matrices")
        for name, one in studies(run.full).items()
    )
    without = without.expand_dims(variant=["none"])
    parts = [part["outside"].drop_attrs() for part in (without, added)]
    runs = xr.concat(parts, "variant").stack(run=("key", "seed")).reset_index("run")
    runs = runs.drop_vars(["key", "seed"]).transpose("variant", "run", "time")
    return runs.to_dataset().assign_attrs(draws=added.sizes["key"])


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    for name, statement, expected in EXPECTED:
        if name not in data.variant:
            continue
        gained = data["outside"].sel(variant=name) - data["outside"].sel(variant="none")
        early, late = (gained.isel(time=place).to_numpy() for place in (-2, -1))
        low, high = paired_interval(early)
        clear = low > 0 if expected > 0 else high <= 0
        against = high < 0 if expected > 0 else low > 0
        draws, own = data.attrs["draws"], name == "serial"
        yield Claim(
            statement,
            "abstract (orthogonal noise)" if own else SECOND_HAND,
            "accuracy out of distribution "
            + ("above" if expected > 0 else "not above")
            + " the same without them, half way",
            f"half way {told(early)}, at the end {told(late)}; {draws} "
            f"{'draws' if draws > 1 else 'draw'} of the matrices",
            fair(True if clear else (False if against else None), data),
            "The effect depends on how the matrices enter the matching kernels; see "
            "the page on reasoning."
            if against
            else "",
            kind="paper" if own else "other",
            covers=("match-noise",) if own else (),
        )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(5.6, 3.4))
    axis = figure.subplots()
    count = data.sizes["time"]
    for index, name in enumerate(data.variant.to_numpy()):
        rows = data["outside"].sel(variant=name).transpose("run", "time").to_numpy()
        colour = f"C{index}"
        axis.plot(rows.T, color=colour, alpha=0.35)
        axis.plot(rows.mean(0), color=colour, linewidth=2.5, label=str(name))
    axis.set_xticks(range(count), record_labels(count))
    axis.set_xlabel("share of the training")
    axis.set_ylabel("accuracy out of distribution")
    axis.legend(title="matrices added")
    return figure


NOISE = Experiment(
    "orthogonal-noise",
    "Fixed matrices in attention against the baseline",
    "Accuracy on two steps along pairs that were never seen. Thin lines are runs, "
    "thick ones their means; intervals are of Student's t. Serial: random matrices "
    "with which one layer reads what the one before has written. Strengths start at "
    "one half and are learned.",
    _measure,
    _judge,
    _draw,
)
