"""A study: how often a network learns a target from samples."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import numpy as np

from suffice._core import require_float64
from suffice.sweeps import Variable
from suffice.training import (
    AdaptiveDescent,
    GradientDescent,
    GradientFlow,
    Optax,
    train,
)

from . import _record
from ._draws import rng_of
from ._evaluate import target_values
from ._initialisation import Initialisation, Normal, Start
from ._law import finite_domain, test_points
from ._model import Architecture
from ._padding import padded, padded_size, weights
from ._samples import Conditioned, Planned, Samples
from ._target import RandomNetwork, Target

Method = GradientFlow | GradientDescent | AdaptiveDescent | Optax


@dataclasses.dataclass(frozen=True)
class Members:
    """The runs of one cell at their start.

    Attributes:
        models: The ensemble at its start.
        x: Inputs, `(runs, n, ...)`.
        y: Values of the target there, `(runs, n, ...)`.
        targets: The target of each member.
        test: Test inputs shared by all, and each member's target there.
    """

    models: Any
    x: np.ndarray
    y: np.ndarray
    targets: list[Any]
    test: tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Study:
    """Does training recover a target? One question, asked on a grid.

    A study holds plain fields only: it is written to TOML and JSON, travels to
    workers, and `suffice.sweeps.sweep` runs it. Every random number depends on the
    key, on what it is for and on the seed, by value: adding seeds or grid values
    changes no earlier number, and equal seeds at two sample sizes, scales or widths
    share their samples.

    Attributes:
        model: Architecture of the network that learns.
        target: What it learns.
        samples: Which inputs are observed, and how many.
        initialisation: Where training starts.
        method: How it trains.
        grid: Dotted path of a field -> its values, such as
            `{"samples.size": (3, 4, 5), "initialisation.scale": (1e-3, 1.0)}`.
        seeds: How many seeds, counted from 0, at every point of the grid.
        key: Key of all random numbers.
        recover: Relative test error at or below which the target counts as recovered.
        test_size: Fixed test inputs from the law of the samples, by quadrature; a
            finite domain is tested as a whole.
        record: What to keep besides losses and errors: `imbalance`, `parameters`.
        block: Most seeds of one cell, the unit of work.

    Example:
        >>> from suffice.recovery import Linear, Random, RandomNetwork
        >>> study = sf.Study(Linear(inputs=3), RandomNetwork(), Random(size=3), seeds=2)
        >>> study.initialisation.scale, "outcome" in study.variables()
        (1.0, True)
    """

    model: Architecture
    target: Target
    samples: Samples
    initialisation: Initialisation = dataclasses.field(default_factory=Normal)
    method: Method = dataclasses.field(default_factory=GradientFlow)
    grid: Mapping[str, tuple] = dataclasses.field(default_factory=dict)
    seeds: int = 1
    key: int = 0
    recover: float = 1e-6
    test_size: int = 512
    record: tuple[_record.Extra, ...] = ()
    block: int = 1024

    def __post_init__(self):
        if not self.recover > 0:
            raise ValueError(f"recover is {self.recover}; expected a positive number.")
        if self.test_size < 1:
            raise ValueError(f"test_size is {self.test_size}; expected at least 1.")

    @property
    def sampling(self) -> str:
        """How the samples are chosen, in words."""
        mode = self.samples.mode
        if not hasattr(self.samples, "law"):
            return mode
        if finite_domain(self.model.template()) is not None:
            return f"{mode}, entries of a finite domain"
        return f"{mode}, {self.samples.law} law of scale {self.samples.scale:g}"

    def variables(self) -> dict[str, Variable]:
        """What is recorded of each run."""
        varied = [p for p in self.grid if p.partition(".")[0] == "model"]
        if "parameters" in self.record and varied:
            raise ValueError(
                f"record holds 'parameters', but their number varies with {varied[0]}; "
                "run one study per architecture."
            )
        return _record.variables(self.record, self.model.template(), self.sampling)

    @property
    def _own_targets(self) -> bool:
        return isinstance(self.target, RandomNetwork) and self.target.each_seed

    def targets(self, seeds: np.ndarray) -> list[Any]:
        """The target of each seed; the same object where the study has one."""
        if not self._own_targets:
            return [_target(self.target, self.model, self.key, 0)] * len(seeds)
        return [_target(self.target, self.model, self.key, int(seed)) for seed in seeds]

    def members(self, seeds: np.ndarray) -> Members:
        """The runs of some seeds, before training."""
        template, targets = self.model.template(), self.targets(seeds)
        x = self._inputs(seeds, targets, template)
        head = _output_shape(template, x)
        y = target_values(targets, x).reshape(*x.shape[:2], *head)
        rngs = [rng_of(self.key, "initialisation", int(seed)) for seed in seeds]
        models = self.initialisation.models(Start(template, rngs, targets, x, y))
        points = test_points(
            template, self.samples.law, self.samples.scale, self.test_size
        )
        shared = [targets[0]] if targets[0] is targets[-1] else targets
        tests = np.broadcast_to(points, (len(shared), *points.shape))
        values = target_values(shared, tests)
        y_test = np.broadcast_to(values, (len(seeds), *values.shape[1:]))
        y_test = y_test.reshape(len(seeds), len(points), *head)
        return Members(models, x, y, targets, (points, y_test))

    def run(self, seeds: np.ndarray) -> dict[str, np.ndarray]:
        """Train the runs of some seeds; see `variables` for what is returned."""
        require_float64("A study of recovery")
        start = self.members(seeds)
        n = start.x.shape[1]
        size = padded_size(n)
        training = train(
            start.models,
            padded(start.x, size),
            padded(start.y, size),
            method=self.method,
            weights=weights(n, size),
            test=start.test,
            recover=self.recover,
        )
        columns = _record.recorded(training)
        if "imbalance" in self.record:
            columns["imbalance"] = _record.initial_ratio(start.models, start.x, start.y)
        if "parameters" in self.record:
            columns["parameters"] = _record.final_parameters(training.models)
        return columns

    def _inputs(self, seeds, targets, template) -> np.ndarray:
        size = self.samples.size
        rows = []
        one = not self._own_targets
        for seed, target in zip(seeds, targets, strict=True):
            group = self.samples.group(int(seed))
            if isinstance(self.samples, Conditioned | Planned):
                whole = _ordered(
                    dataclasses.replace(self.samples, size=1),
                    self.target,
                    self.model,
                    self.key,
                    group,
                    0 if one else int(seed),
                )
            else:
                whole = self.samples.sequence(target, template, self.key, group)
            if size is not None and size > len(whole):
                raise ValueError(
                    f"samples.size is {size}, but there are {len(whole)} inputs."
                )
            rows.append(whole[:size])
        return np.stack(rows)


@functools.lru_cache(maxsize=4096)
def _target(target: Target, model: Architecture, key: int, seed: int) -> Any:
    return target.build(model, rng_of(key, "target", seed))


@functools.lru_cache(maxsize=4096)
def _ordered(samples, target, model, key, group, seed) -> np.ndarray:
    """A sequence that is slow to compute, cached for the other sample sizes."""
    goal = _target(target, model, key, seed)
    return samples.sequence(goal, model.template(), key, group)


def _output_shape(template: Any, x: np.ndarray) -> tuple[int, ...]:
    one = jax.ShapeDtypeStruct(x.shape[2:], x.dtype)
    return eqx.filter_eval_shape(template, one).shape
