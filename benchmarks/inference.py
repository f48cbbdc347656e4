"""Looking for clean inference: `python benchmarks/inference.py`.

Transformers that see the pair (3, 4) with a map of its own and never see (4, 3), over
width, rate of initialisation, learning rate, batch and weight decay. Results are kept
one by one in a file (`--store`), and a checkpoint lies next to it, so that a search
that was stopped goes on where it was, inside a run too. `--recipe` is the recipe that
showed most, with five seeds, none chosen; `--quick` checks the script. Float32. Needs
nothing but the package.
"""

import csv
import dataclasses
import hashlib
import json
import platform
import sys
import time
from pathlib import Path

import jax
from _measure import from_command_line, markdown, write_table

from suffice.papers.composition._exception import (
    along,
    COLUMNS,
    DECODER,
    looks,
    RECIPE,
    RECORD,
    rows_of,
    SEEDS,
)
from suffice.reasoning import Decoder, Recipe

jax.config.update("jax_enable_x64", True)


def _trial(width, hidden, key_dim, rate, *recipe, seeds=(0,), **more):
    decoder = Decoder(2, width, hidden, rate, key_dim=key_dim)
    return decoder, Recipe(*recipe, **more), seeds


# learning rate, steps, batch
TRIALS = (
    _trial(32, 128, 32, 1.0, 2e-3, 4000, 256, seeds=(0, 1, 2)),
    _trial(32, 512, 32, 0.8, 2e-3, 4000, 256, seeds=(0, 1, 2)),
    _trial(64, 256, 64, 0.8, 5e-4, 6000, 256, seeds=(0, 1)),
    _trial(64, 256, 64, 1.0, 5e-4, 6000, 256),
    _trial(64, 256, 64, 0.8, 2e-3, 4000, 256, seeds=(0, 1)),
    _trial(64, 256, 64, 0.8, 2e-3, 4000, 256, seeds=(0, 1), weight_decay=0.5),
    _trial(128, 384, 64, 0.9, 1e-3, 4000, 1024, warm_up=0.5),
    _trial(128, 384, 64, 0.9, 3e-4, 5000, 1024, warm_up=0.3),
    _trial(128, 384, 64, 0.9, 4e-4, 10_000, 512, warm_up=0.3),
    _trial(400, 1200, 200, 0.8, 5e-4, 3000, 128),
    _trial(400, 1200, 200, 0.8, 2e-4, 9000, 128, warm_up=0.4),
)


def main(
    store: Path = Path("inference-search.jsonl"),
    width: int | None = None,
    recipe: bool = False,
    quick: bool = False,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        store: Where finished pieces are kept.
        width: Only transformers of this width.
        recipe: The recipe with five seeds, along training, in place of the search.
        quick: The same with width 32, 120 steps of 32 and one seed.
        write: Put the table in README, and the rows of the recipe where the
            reproduction of the paper shows them.
    """
    if recipe:
        return _along(store, quick, write)
    trials = _shortened(TRIALS[:1]) if quick else TRIALS
    lines = [
        f"jax {jax.__version__}, Python {platform.python_version()}.",
        "",
        "| transformer | training | seed | seen pairs | (3, 4) | inferential | "
        "symmetric | most inferential, at | CPU min |",
        "|---" * 9 + "|",
    ]
    for decoder, training, seeds in trials:
        if width in (None, decoder.width):
            lines += [_row(decoder, training, s, store) for s in seeds]
    print("\n".join(lines))
    if write:
        write_table("inference table", lines)
    return 0


def _along(store, quick, write):
    """Print the recipe seed by seed, at every look along training."""
    trial = DECODER, RECIPE, tuple(range(SEEDS))
    ((decoder, recipe, seeds),) = _shortened([trial]) if quick else [trial]
    rows, lines = [], []
    for seed in seeds:
        found = _kept(decoder, recipe, seed, store)
        rows += rows_of(seed, recipe, found)
        lines.append(f"Seed {seed}: {found['cpu_s'] / 60:.1f} CPU minutes.")
    cells = [[f"{v:g}" for v in row.values()] for row in rows]
    lines += ["", *markdown(["seed", "step", *COLUMNS.values()], cells)]
    print("\n".join(lines))
    if write and not quick:
        write_table("inference recipe", [f"jax {jax.__version__}.", "", *lines])
        _record(rows)
    return 0


def _record(rows):
    """Keep the numbers where `suffice reproduce composition` shows them."""
    with RECORD.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _shortened(trials):
    return [
        (
            dataclasses.replace(decoder, width=32, hidden=64, key_dim=32),
            dataclasses.replace(training, steps=120, batch=32),
            seeds[:1],
        )
        for decoder, training, seeds in trials
    ]


def _row(decoder, recipe, seed, store):
    found = _kept(decoder, recipe, seed, store)
    best = found["inferential"].index(max(found["inferential"]))
    model = f"width {decoder.width}, hidden {decoder.hidden}, γ {decoder.rate:g}"
    training = (
        f"{recipe.learning_rate:g}, {recipe.steps} steps of {recipe.batch}, warm-up "
        f"{recipe.warm_up:g}, decay {recipe.weight_decay:g}"
    )
    names = "seen", "exception", "inferential", "symmetric"
    ends = [f"{found[name][-1]:.2f}" for name in names]
    peak = f"{found['inferential'][best]:.2f}, step {found['at'][best]}"
    cells = [model, training, str(seed), *ends, peak, f"{found['cpu_s'] / 60:.1f}"]
    return f"| {' | '.join(cells)} |"


def _kept(decoder, recipe, seed, store):
    name = f"{decoder} {recipe} seed {seed}"
    rows = store.read_text().splitlines() if store.exists() else []
    for row in map(json.loads, rows):
        if row["name"] == name:
            return row
    print(name, file=sys.stderr)
    mark = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
    checkpoint = store.with_name(f"{store.name}.{mark}.checkpoint")
    clock = checkpoint.with_suffix(".seconds")
    row = {"name": name, **_trained(decoder, recipe, seed, checkpoint, clock)}
    with store.open("a") as file:
        file.write(json.dumps(row) + "\n")
    for path in (checkpoint, clock):
        path.unlink(missing_ok=True)
    return row


def _trained(decoder, recipe, seed, checkpoint, clock):
    """Train from the checkpoint on; CPU seconds count over all tries."""
    before = float(clock.read_text()) if clock.exists() else 0.0
    start = time.process_time()

    def spent():
        return before + time.process_time() - start

    def tell(done, total, stage):
        clock.write_text(f"{spent()}")
        print(f"{done} of {total} {stage}", file=sys.stderr)

    shares = along(decoder, recipe, seed, checkpoint, tell)
    return {"cpu_s": round(spent()), "at": looks(recipe).tolist(), **shares}


if __name__ == "__main__":
    from_command_line(main, __doc__)
