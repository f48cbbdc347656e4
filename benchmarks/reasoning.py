"""A training step of a transformer against PyTorch: `python benchmarks/reasoning.py`.

Everything runs on one thread in float32; times are CPU seconds of the process, taken in
turns in one run. Needs the extra `benchmark`, and a C++ compiler for `torch.compile`.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import dataclasses
import os
import platform
import shutil
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)  # seeds are 63-bit numbers
torch.set_num_threads(1)

from _measure import cpu, from_command_line, interleaved, write_table  # noqa: E402
from _reasoning_torch import Loop  # noqa: E402

from suffice.reasoning import (  # noqa: E402
    AnchorTask,
    ChainTask,
    Decoder,
    last_loss,
    Recipe,
    Stream,
)
from suffice.sweeps import value_seed  # noqa: E402
from suffice.training import learn, member  # noqa: E402

ANCHORS = AnchorTask.exception()
CHAIN = ChainTask(pairs=4, tokens=(20, 61))
PEERS = ("written out", "fused attention", "compiled")
HEAD = (
    "training",
    "torch / ours",
    "ours",
    *PEERS,
    "GFlop/s of ours",
    "difference",
    "first and later calls",
)
SIDE = 1024
FOLLOWED = 10  # steps whose losses are compared
slope = eqx.filter_jit(eqx.filter_grad(last_loss))


@dataclasses.dataclass(frozen=True)
class Case:
    """One line of the table: a task, the sizes of a model, a recipe, and how many."""

    name: str
    task: Any
    sizes: tuple[int, int, int, int]  # width, hidden, key_dim, layers
    batch: int
    steps: int
    runs: int = 1

    @property
    def model(self):
        width, hidden, key_dim, layers = self.sizes
        return Decoder(layers=layers, width=width, hidden=hidden, key_dim=key_dim)

    @property
    def recipe(self):
        return Recipe(steps=1000, batch=self.batch)

    @property
    def seeds(self):
        return np.arange(self.runs)

    @property
    def streams(self):
        return np.asarray([value_seed(0, "stream", int(seed)) for seed in self.seeds])

    @property
    def operations(self):
        """Additions and multiplications of one slope, as the compiler counts them."""
        batch = jax.jit(Stream(self.task, self.batch))(jax.random.key(0), 0)
        compiled = slope.lower(member(self.build(), 0), batch).compile().compiled
        return compiled.cost_analysis()["flops"]

    def build(self):
        return self.model.build(self.task.vocab, self.task.length, self.seeds, 0)

    def train(self, steps, at=None):
        """The first steps of what `train_members` does."""
        return learn(
            self.build(),
            Stream(self.task, self.batch),
            loss=last_loss,
            optimizer=self.recipe.optimizer,
            steps=steps,
            at=[steps] if at is None else at,
            seed=self.streams,
        )

    def batches(self, stream):
        """What our member with this stream sees, as tensors."""
        draw, key = jax.jit(Stream(self.task, self.batch)), jax.random.key(stream)
        drawn = (draw(key, step) for step in range(self.steps))
        return [tuple(torch.tensor(np.array(x)) for x in pair) for pair in drawn]

    @property
    def title(self):
        task = "chain" if self.task is CHAIN else "anchors"
        width, hidden, key_dim, layers = self.sizes
        seeds = f", {self.runs} seeds" if self.runs > 1 else ""
        return (
            f"{task}: {layers} layers, width {width}, hidden {hidden}, keys {key_dim}, "
            f"batch {self.batch}{seeds}"
        )


CASES = (
    Case("tiny", ANCHORS, (32, 128, 32, 2), 256, 60),
    Case("small", ANCHORS, (64, 256, 64, 2), 256, 30),
    Case("chain", CHAIN, (64, 128, 64, 3), 256, 30),
    Case("middle", ANCHORS, (128, 384, 64, 2), 256, 15),
    Case("wide", ANCHORS, (400, 1200, 200, 2), 64, 20),
    Case("paper", ANCHORS, (400, 1200, 200, 2), 2048, 4),
    Case("seeds", ANCHORS, (32, 128, 32, 2), 256, 12, 5),
)


def main(only: str = "", quick: bool = False, write: bool = False) -> int:
    """Run what is asked for.

    Args:
        only: Comma-separated cases, e.g. tiny,paper,seeds.
        quick: One step: a smoke test.
        write: Put the table in README.
    """
    names = only.split(",") if only else [case.name for case in CASES]
    lines = _head()
    print("\n".join(lines), flush=True)
    for case in (case for case in CASES if case.name in names):
        lines.append(row(dataclasses.replace(case, steps=1) if quick else case))
        print(lines[-1], flush=True)
    if write:
        write_table("reasoning table", lines)
    return 0


def row(case):
    """One line of the table, and whether the two compute the same."""
    first, _ = cpu(lambda: case.train(1))
    peers = loops(case)
    seconds, results = interleaved(
        start=lambda: case.train(1),
        ours=lambda: case.train(1 + case.steps),
        **{name: partial(run, many) for name, many in peers.items()},
    )
    seconds["ours"] -= seconds["start"]
    ms = {name: 1e3 * s / case.steps / case.runs for name, s in seconds.items()}
    best = min(ms[name] for name in peers)
    times = [f"{ms[name]:.3g} ms" if name in ms else "-" for name in ("ours", *PEERS)]
    apart = difference(case, peers, results)
    rate = f"{case.operations / ms['ours'] / 1e6:.0f}"
    ends = rate, f"{apart:.0e}", f"{first:.1f} s, {seconds['start']:.2f} s"
    return _line((case.title, f"{best / ms['ours']:.2f}x", *times, *ends))


def loops(case):
    """The trainings by torch, by name: one for each seed."""
    torch.compiler.reset()  # it gives up compiling after several shapes
    built, recipe = case.build(), case.recipe
    pairs = [(member(built, i), case.batches(s)) for i, s in enumerate(case.streams)]
    found = {
        "written out": [Loop(*pair, recipe) for pair in pairs],
        "fused attention": [Loop(*pair, recipe, True) for pair in pairs],
    }
    if shutil.which(os.environ.get("CXX", "g++")):
        wrap = torch.compile
        found["compiled"] = [Loop(*pair, recipe, wrap=wrap) for pair in pairs]
    return found


def run(many):
    """Losses by loop and step."""
    return np.stack([loop.run() for loop in many])


def difference(case, peers, results):
    """Largest relative difference of the first losses and the first slopes."""
    followed = min(FOLLOWED, case.steps)
    losses = case.train(followed, np.arange(1, followed + 1)).losses
    built, apart = case.build(), []
    for name, many in peers.items():
        apart.append(np.abs(results[name][:, :followed] / losses - 1).max())
        for index, loop in enumerate(many):
            batch = tuple(part.numpy() for part in loop.batches[0])
            norm = optax.global_norm(slope(member(built, index), batch))
            apart.append(abs(loop.slope() / float(norm) - 1))
    return max(apart)


def product_rate():
    """GFlop/s of the faster of a product by jax and one by torch."""
    a = np.ones((SIDE, SIDE), np.float32)
    ours, theirs = jnp.asarray(a), torch.tensor(a)
    product = jax.jit(jnp.matmul)
    seconds, _ = interleaved(
        5,
        ours=lambda: product(ours, ours).block_until_ready(),
        torch=lambda: theirs @ theirs,
    )
    return 2 * SIDE**3 / min(seconds.values()) / 1e9


def _head():
    machine = (
        f"jax {jax.__version__}, torch {torch.__version__}, Python "
        f"{platform.python_version()}, {platform.machine()}, one thread, float32; "
        "CPU time of a step and seed. A product of two matrices of "
        f"{SIDE} x {SIDE} runs at {product_rate():.0f} GFlop/s."
    )
    return [machine, "", _line(HEAD), "|" + "---|" * len(HEAD)]


def _line(cells):
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    from_command_line(main, __doc__)
