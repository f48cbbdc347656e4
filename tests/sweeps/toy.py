"""A study that costs milliseconds, importable by workers."""

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import ClassVar, Literal

import jax.numpy as jnp
import numpy as np

from suffice.sweeps import value_seed, Variable


@dataclasses.dataclass(frozen=True)
class Gauss:
    spread: float = 1.0


@dataclasses.dataclass(frozen=True)
class Laplace:
    spread: float = 1.0
    tail: int = 2


@dataclasses.dataclass(frozen=True)
class Samples:
    size: int = 3
    mode: Literal["random", "planned"] = "random"


@dataclasses.dataclass(frozen=True)
class Toy:
    """Means of random numbers; fails, sleeps or dies where it is told to."""

    noise: Gauss | Laplace = Gauss()
    samples: Samples = Samples()
    scale: float = 1.0
    widths: tuple[int, ...] = (2, 3)
    limit: float | None = None
    grid: Mapping[str, tuple] = dataclasses.field(default_factory=dict)
    seeds: int = 4
    block: int = 2
    key: int = 0
    sleep: float = 0.0
    decompose: int = 0
    fail_at: float | None = None
    die_at: float | None = None
    chatty: bool = False

    def __post_init__(self):
        if self.scale < 0:
            raise ValueError(f"scale must not be negative, got {self.scale}.")

    def variables(self):
        flags = {"flag_values": [0, 1], "flag_meanings": "low high"}
        return {
            "mean": Variable("float64", {}, {"long_name": "mean", "units": "1"}),
            "draws": Variable("float64", {"draw": 3}),
            "outcome": Variable("uint8", {}, flags),
            "rank": Variable("int32"),
            "nothing": Variable("float64"),
        }

    def run(self, seeds):
        time.sleep(self.sleep)
        if self.chatty:
            sys.stdout.write("words " * 10_000 + sys.stdin.read())
        if self.scale == self.fail_at:
            raise ArithmeticError(f"no mean at scale {self.scale}")
        if self.scale == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        draws = np.stack([self.draw(int(seed)) for seed in seeds])
        mean = draws[:, : self.samples.size].mean(1)
        if self.decompose:
            mean = mean + [self.largest(int(seed)) for seed in seeds]
        return {
            "mean": mean,
            "draws": draws[:, :3],
            "outcome": (mean > 0).astype(np.uint8),
            "rank": np.full(len(seeds), self.samples.size, np.int32),
            "nothing": np.full(len(seeds), np.nan),
        }

    def draw(self, seed):
        rng = np.random.default_rng(value_seed(self.key, "draws", seed))
        return self.scale * self.noise.spread * rng.normal(size=12)

    def largest(self, seed):
        """The largest eigenvalue of a matrix large enough for several threads."""
        rng = np.random.default_rng(value_seed(self.key, "matrix", seed))
        half = jnp.asarray(rng.normal(size=(self.decompose, self.decompose)))
        return float(jnp.linalg.eigvalsh(jnp.tanh(half @ half.T)).sum())


STEPS: list[int] = []
"""The steps that were taken in this process, and where the next stop is."""


class Interrupt(KeyboardInterrupt):
    """What Ctrl-C does, at a chosen step."""


@dataclasses.dataclass(frozen=True)
class Slow(Toy):
    """Ten steps for a cell, each of which is kept; `stop_at` ends the process."""

    stop_at: tuple[int, ...] = ()

    def run(self, seeds, checkpoint=None):
        done = int(checkpoint.read_text()) if checkpoint and checkpoint.exists() else 0
        for step in range(done, 10):
            STEPS.append(step)
            if checkpoint:
                checkpoint.write_text(f"{step + 1}")
            if len(STEPS) in self.stop_at:
                raise Interrupt
        return super().run(seeds)


RUNS: list[tuple[float, int]] = []
"""The scale and the seed of every run in this process."""


@dataclasses.dataclass(frozen=True)
class Cut(Toy):
    """Runs of random lengths, which end after `samples.size` steps at the latest."""

    limits: ClassVar[Mapping[str, str]] = {"samples.size": "steps"}

    def variables(self):
        return super().variables() | {"steps": Variable("int32")}

    def run(self, seeds):
        RUNS.extend((self.scale, int(seed)) for seed in seeds)
        lengths = np.array([self.length(int(seed)) for seed in seeds])
        steps = np.minimum(lengths, self.samples.size)
        return super().run(seeds) | {
            "mean": np.sqrt(steps * self.scale),
            "outcome": (lengths <= self.samples.size).astype(np.uint8),
            "rank": steps.astype(np.int32),
            "steps": steps,
        }

    def length(self, seed):
        rng = np.random.default_rng(value_seed(self.key, "length", self.scale, seed))
        return int(rng.integers(1, 40))
