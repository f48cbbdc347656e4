"""Small transformers seed by seed: `python benchmarks/recipes.py`.

Every recipe is a study of `suffice.reasoning` with five seeds, none left out, in a
store of its own in a folder (`--store`): a run that was stopped goes on where it was.
One thread, float32 trainings. Needs nothing but the package.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import platform
import sys
from dataclasses import replace
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

from _measure import cpu, from_command_line, write_table  # noqa: E402
from _recipe_studies import CHAINS, COMPOSITIONS  # noqa: E402

from suffice.sweeps import open_store, sweep  # noqa: E402

LAST, HALF = -1, -2  # records are at 0, 1/64, 1/32, ..., 1/2 and all of the steps
BEHAVIOUR = {
    "seen": ("seen", LAST),
    "inferential": ("inferential", LAST),
    "symmetric": ("symmetric", LAST),
    "commuting": ("commutativity", LAST),
    "route": ("mechanism", LAST),
    "condensed": ("condensed", LAST),
    "stable rank": ("stable_rank", LAST),
}
REASONING = {
    "in, half way": ("inside", HALF),
    "out, half way": ("outside", HALF),
    "in": ("inside", LAST),
    "out": ("outside", LAST),
    "match": ("match", LAST),
    "random match": ("match_random", LAST),
    "attention, out": ("attention_outside", LAST),
}


def main(
    store: Path = Path("recipes-benchmark"),
    only: str = "",
    quick: bool = False,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        store: Where finished pieces are kept.
        only: Comma-separated parts of names.
        quick: One seed, 100 steps and one point of every grid.
        write: Put the tables in README.
    """
    wanted = only.split(",") if only else [""]
    lines = [f"jax {jax.__version__}, Python {platform.python_version()}, one thread."]
    for studies, columns in ((COMPOSITIONS, BEHAVIOUR), (CHAINS, REASONING)):
        lines += ["", *_head(["recipe", *columns, "CPU s / model"])]
        for name, study in studies.items():
            if any(part in name for part in wanted):
                study = _shortened(study) if quick else study
                seconds = _computed(name, study, store / name)
                lines += _rows(name, open_store(store / name), columns, seconds)
    print("\n".join(lines))
    if write and not quick:
        write_table("recipes table", lines)
    return 0


def _shortened(study):
    grid = {name: values[:1] for name, values in study.grid.items()}
    training = replace(study.training, steps=100)
    return replace(study, training=training, grid=grid, seeds=1, block=1)


def _computed(name, study, store):
    """Compute what the store lacks; CPU seconds per model, over all runs so far."""
    clock = store.with_suffix(".seconds")
    before = float(clock.read_text()) if clock.exists() else 0.0
    spent, _ = cpu(lambda: sweep(study, store, progress=_teller(name)))
    clock.write_text(f"{before + spent}")
    return (before + spent) / open_store(store)["status"].size


def _teller(name):
    def progress(done, total, stage):
        print(f"{name}: {done} of {total} {stage}", file=sys.stderr)

    return progress


def _head(names):
    return [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]


def _rows(name, found, columns, seconds):
    """A row per point of the grid; in a cell the seeds stand beside each other."""
    points = [d for d in found["loss"].dims if d not in ("seed", "time")]
    flat = found.load().expand_dims(all=[name]).stack(point=["all", *points])
    for index in range(flat.sizes["point"]):
        one = flat.isel(point=index)
        label = " ".join(map(str, one["point"].item()))
        cells = [_cell(one[column].isel(time=at)) for column, at in columns.values()]
        yield f"| {' | '.join([label, *cells, f'{seconds:.0f}'])} |"


def _cell(shares):
    return " ".join(_short(value) for value in shares.to_numpy())


def _short(value):
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"


if __name__ == "__main__":
    from_command_line(main, __doc__)
