"""Studies whose cells say how much CPU time their process has used, for scale.py."""

import dataclasses
import time
from collections.abc import Mapping

import numpy as np

import suffice as sf
from suffice.architectures import TwoLayerSpec
from suffice.recovery import NamedFunction, Random
from suffice.sweeps import Variable

SCALE = "initialisation.scale"
CPU = {"cpu": Variable("float64", {}, {"long_name": "CPU time of the process"})}


@dataclasses.dataclass(frozen=True)
class Timed(sf.Study):
    """A study of recovery."""

    def variables(self):
        return super().variables() | CPU

    def run(self, seeds):
        return super().run(seeds) | used(seeds)


@dataclasses.dataclass(frozen=True)
class Empty:
    """A study whose cells cost nothing, so that a sweep costs what is around them."""

    scale: float = 1.0
    grid: Mapping[str, tuple] = dataclasses.field(default_factory=dict)
    seeds: int = 4

    def variables(self):
        return CPU

    def run(self, seeds):
        return used(seeds)


def used(seeds):
    """CPU seconds of this process until now, for each seed."""
    return {"cpu": np.full(len(seeds), time.process_time())}


def study(kind: str, cells: int):
    """A study of so many cells: `empty`, `small` (4 networks each) or `large` (256)."""
    scales = {SCALE: tuple(np.geomspace(0.01, 1, cells).tolist())}
    if kind == "empty":
        return Empty(grid={"scale": scales.popitem()[1]})
    return Timed(
        TwoLayerSpec(width=2, inputs=1, bias=True),
        NamedFunction("tanh(x+1)"),
        Random(size=4),
        grid=scales,
        seeds=4 if kind == "small" else 256,
    )


def phase_diagram(cells: int):
    """A study of recovery with a grid of two fields, whose runs share one program."""
    columns = {100: 10, 1000: 25, 10_000: 100, 100_000: 250}[cells]
    scales = tuple(np.geomspace(1e-3, 1, cells // columns).tolist())
    return sf.Study(
        TwoLayerSpec(width=2, inputs=1, bias=True),
        NamedFunction("tanh(x+1)"),
        Random(size=4),
        grid={"samples.size": tuple(range(2, 2 + columns)), SCALE: scales},
        seeds=4,
    )
