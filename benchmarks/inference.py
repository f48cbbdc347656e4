"""Looking for clean inference: `python benchmarks/inference.py`.

Transformers that see the pair (3, 4) with a map of its own and never see (4, 3), over
width, rate of initialisation, learning rate, batch and weight decay. Results are kept
one by one in a file (`--store`), so that a search that was stopped goes on where it
was. Float32. Needs nothing but the package.
"""

import json
import platform
import sys
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
from _measure import cpu, from_command_line, write_table

from suffice.reasoning import (
    AnchorTask,
    answer_rates,
    Decoder,
    Recipe,
    train_members,
)
from suffice.sweeps import value_seed

jax.config.update("jax_enable_x64", True)

TASK = AnchorTask.exception()
GROUPS = "train", "3,4", "4,3"
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


def main(
    store: Path = Path("inference-search.jsonl"),
    width: int | None = None,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        store: Where finished pieces are kept.
        width: Only transformers of this width.
        write: Put the table in README.
    """
    lines = [
        f"jax {jax.__version__}, Python {platform.python_version()}.",
        "",
        "| transformer | training | seed | seen pairs | (3, 4) | inferential | "
        "symmetric | most inferential, at | CPU min |",
        "|---" * 9 + "|",
    ]
    for decoder, recipe, seeds in TRIALS:
        if width in (None, decoder.width):
            lines += [_row(decoder, recipe, s, store) for s in seeds]
    print("\n".join(lines))
    if write:
        write_table("inference table", lines)
    return 0


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
    row = {"name": name, **_trained(decoder, recipe, seed)}
    with store.open("a") as file:
        file.write(json.dumps(row) + "\n")
    return row


def _trained(decoder, recipe, seed):
    at = np.rint(np.linspace(0, recipe.steps, LOOKS + 1)).astype(int)
    seconds, done = cpu(
        lambda: train_members(
            TASK, decoder, recipe, np.array([seed]), at=at, measure=MEASURE
        )
    )
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
    }


MEASURE = eqx.Partial(_measured, TASK)  # the same object, so that JAX compiles once

if __name__ == "__main__":
    from_command_line(main, __doc__)
