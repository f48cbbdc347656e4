"""A study of how often a network learns a target from samples."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, ClassVar

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
from ._fingerprint import fingerprint
from ._initialisation import Initialisation, Normal, Start
from ._law import finite_domain, test_points
from ._model import Architecture, CustomModel
from ._padding import padded, padded_size, weights
from ._samples import Conditioned, Planned, Samples
from ._target import CustomTarget, RandomNetwork, Target

NAMING = (CustomModel, CustomTarget)
"""Parts of a study that name a function, which is imported when they are used."""

Method = GradientFlow | GradientDescent | AdaptiveDescent | Optax


@dataclasses.dataclass(frozen=True)
class Members:
    """The runs of one cell at their start.

    Attributes:
        models: The ensemble at its start.
        x: Inputs, `(runs, n, ...)`.
        y: Values of the target at the inputs, `(runs, n, ...)`.
        targets: The target of each member.
        test: Test inputs, shared by all members, and the values of each target there.
    """

    models: Any
    x: np.ndarray
    y: np.ndarray
    targets: list[Any]
    test: tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Study:
    """A study of whether training recovers a target, at every point of a grid.

    A study has plain fields only, so that it can be written to TOML and JSON and sent
    to workers; `suffice.sweeps.sweep` runs it. Every random number depends only on the
    key, on its purpose and on the value of the seed. Adding seeds or grid values
    therefore changes no earlier number, and equal seeds at two sample sizes, scales or
    widths share their samples. A larger `method.max_steps` concerns only the runs that
    met the smaller one.

    Attributes:
        model: Architecture of the trained network.
        target: The target function.
        samples: The observed inputs and their number.
        initialisation: The initialisation of the network.
        method: The training method.
        grid: Values of each varied field by its dotted path, such as
            `{"samples.size": (3, 4, 5), "initialisation.scale": (1e-3, 1.0)}`.
        seeds: Number of seeds, counted from 0, at every point of the grid.
        key: An integer, from which with the seed all random numbers follow.
        recover: Relative test error at or below which the target counts as recovered.
        test_size: Number of test inputs, fixed quadrature points of the law of
            the samples; a finite domain is tested as a whole.
        record: Further recorded quantities: `imbalance`, `parameters`.
        block: Largest number of seeds of one cell, the unit of work.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> study = sf.Study(LinearSpec(3), RandomNetwork(), Random(size=3), seeds=2)
        >>> study.initialisation.scale, "outcome" in study.variables()
        (1.0, True)
    """

    limits: ClassVar[Mapping[str, str]] = {"method.max_steps": "steps"}

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
        if "samples" in self.grid:
            return "varied"
        mode = self.samples.mode
        if not hasattr(self.samples, "law"):
            return mode
        if finite_domain(self.model.template()) is not None:
            return f"{mode}, entries of a finite domain"
        law = "varied" if "samples.law" in self.grid else self.samples.law
        varied = "samples.scale" in self.grid
        return f"{mode}, {law} law of {_scale(self.samples.scale, varied)}"

    def variables(self) -> dict[str, Variable]:
        """Return the variables that are recorded of each run."""
        varied = [p for p in self.grid if p.partition(".")[0] == "model"]
        if "parameters" in self.record and varied:
            raise ValueError(
                f"record holds 'parameters', but their number varies with {varied[0]}; "
                "run one study per architecture."
            )
        return _record.variables(self.record, self.model.template(), self.sampling)

    @property
    def _varies_target(self) -> bool:
        return isinstance(self.target, RandomNetwork) and self.target.each_seed

    @property
    def named(self) -> bool:
        """Whether the model or the target is a function that is named and imported."""
        return not {type(self.model), type(self.target)}.isdisjoint(NAMING)

    def fingerprint(self) -> Mapping[str, tuple[float, ...]]:
        """Return numbers that show what the functions compute that the study names."""
        if not self.named:
            return {}
        chosen = self.samples
        return fingerprint(
            self.model, self.target, chosen.law, chosen.scale, self.test_size
        )

    def targets(self, seeds: np.ndarray) -> list[Any]:
        """Return the target of each seed; a shared target is one object."""
        if not self._varies_target:
            return [_target(self.target, self.model, self.key, 0)] * len(seeds)
        return [_target(self.target, self.model, self.key, int(seed)) for seed in seeds]

    def members(self, seeds: np.ndarray) -> Members:
        """Return the runs of some seeds before training."""
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
        """Train the runs of some seeds and return the numbers named in `variables`."""
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
        shared = not self._varies_target
        for seed, target in zip(seeds, targets, strict=True):
            group = self.samples.group(int(seed))
            if isinstance(self.samples, Conditioned | Planned):
                whole = _ordered(
                    dataclasses.replace(self.samples, size=1),
                    self.target,
                    self.model,
                    self.key,
                    group,
                    0 if shared else int(seed),
                )
            else:
                whole = self.samples.sequence(target, template, self.key, group)
            if size is not None and size > len(whole):
                raise ValueError(
                    f"samples.size is {size}, but there are {len(whole)} inputs."
                )
            rows.append(whole[:size])
        return np.stack(rows)


def _scale(value: float, varied: bool) -> str:
    return "varied scale" if varied else f"scale {value:g}"


@functools.lru_cache(maxsize=4096)
def _target(target: Target, model: Architecture, key: int, seed: int) -> Any:
    return target.build(model, rng_of(key, "target", seed))


@functools.lru_cache(maxsize=4096)
def _ordered(samples, target, model, key, group, seed) -> np.ndarray:
    """Return a sequence that is slow to compute, cached for other sample sizes."""
    goal = _target(target, model, key, seed)
    return samples.sequence(goal, model.template(), key, group)


def _output_shape(template: Any, x: np.ndarray) -> tuple[int, ...]:
    single = jax.ShapeDtypeStruct(x.shape[2:], x.dtype)
    return eqx.filter_eval_shape(template, single).shape
