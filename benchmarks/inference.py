"""Looking for clean inference: `python benchmarks/inference.py`.

Transformers that see the pair (3, 4) with a map of its own and never see (4, 3), over
width, rate of initialisation, learning rate, batch and weight decay. Results are kept
one by one in a file (`--store`), and a checkpoint lies next to it, so that a search
that was stopped goes on where it was, inside a run too. `--recipe` is the recipe that
showed most, with five seeds, none chosen; `--quick` checks the script. Float32. Needs
nothing but the package.
"""

import dataclasses
import hashlib
import json
import platform
import sys
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from _measure import from_command_line, markdown, write_table

from suffice.reasoning import (
    AnchorTask,
    answer_rates,
    Decoder,
    Recipe,
    train_members,
)
from suffice.reasoning._shared import last_vectors
from suffice.sweeps import value_seed

jax.config.update("jax_enable_x64", True)

TASK = AnchorTask.exception()
GROUPS = "train", "3,4", "4,3"
ORDERS = "1,2", "2,1"  # both seen, and commuting: nothing asks for their order
LOOKS, SIZE = 12, 500  # how often, and at how many sequences of a group


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

RECIPE = (
    _trial(128, 384, 64, 0.9, 3e-4, 14_000, 1024, warm_up=0.1, seeds=(0, 1, 2, 3, 4)),
)  # half an hour of a core for each seed
COLUMNS = "seen", "exception", "inferential", "symmetric", "order"


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
        write: Put the table in README.
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
    ((decoder, training, seeds),) = _shortened(RECIPE) if quick else RECIPE
    rows = []
    for seed in seeds:
        found = _kept(decoder, training, seed, store)
        for look, step in enumerate(found["at"]):
            shares = [f"{found[name][look]:.2f}" for name in COLUMNS]
            rows.append([str(seed), str(step), *shares])
    lines = markdown(["seed", "step", *COLUMNS], rows)
    print("\n".join(lines))
    if write:
        write_table("inference recipe", lines)
    return 0


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
    best = int(np.argmax(found["inferential"]))
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

    at = np.rint(np.linspace(0, recipe.steps, LOOKS + 1)).astype(int)
    done = train_members(
        *(TASK, decoder, recipe, np.array([seed])),
        at=at,
        measure=MEASURE,
        checkpoint=checkpoint,
        progress=tell,
    )
    seconds = spent()
    shares = {name: np.round(v[0], 2).tolist() for name, v in done.measured.items()}
    return {"cpu_s": round(seconds), "at": at.tolist(), **shares}


def _measured(task, model):
    keys = [jax.random.key(value_seed(0, "evaluation", group)) for group in GROUPS]
    batches = (task.batch(k, SIZE, g) for k, g in zip(keys, GROUPS, strict=True))
    seen, own, asked = (answer_rates(model, batch) for batch in batches)
    return {
        "seen": seen.given,
        "exception": own.given,
        "inferential": asked.inferential,
        "symmetric": asked.symmetric,
        "order": _order(task, model),
    }


def _order(task, model):
    """How often a linear probe tells the order of two anchors, at the last position.

    Ridge regression on one half of the sequences, read on the other half; 0.5 is
    chance. The two orders stand in the same noise.
    """
    key = jax.random.key(value_seed(0, "evaluation", "order"))
    batches = [task.batch(key, SIZE, group) for group in ORDERS]
    rows = jnp.concatenate([last_vectors(model, batch) for batch in batches], axis=1)
    rows = rows.reshape(2 * SIZE, -1)  # the two orders of a sequence side by side
    side = jnp.tile(jnp.array([-1.0, 1.0], rows.dtype), SIZE)
    fit, read = rows[:SIZE], rows[SIZE:]
    centre = fit.mean(0)[None]
    fit, read = fit - centre, read - centre
    gram = fit.T @ fit
    ridge = 1e-3 * jnp.trace(gram) / len(gram) * jnp.eye(len(gram), dtype=gram.dtype)
    weights = jnp.linalg.solve(gram + ridge, fit.T @ side[:SIZE])
    return jnp.mean(jnp.sign(read @ weights) == side[SIZE:], dtype=float)


MEASURE = eqx.Partial(_measured, TASK)  # the same object, so that JAX compiles once

if __name__ == "__main__":
    from_command_line(main, __doc__)
