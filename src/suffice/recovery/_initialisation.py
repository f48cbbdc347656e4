"""Initialisations of the runs of a study."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from suffice.training import limit_start

from ._draws import leaf_names, normal_leaves, with_leaves
from ._embedding import embedded


@dataclasses.dataclass(frozen=True)
class Start:
    """The data that an initialisation may use.

    Attributes:
        template: A model of the architecture.
        rngs: A random generator for each member.
        targets: The target of each member.
        x: Inputs, `(runs, n, ...)`.
        y: Targets, `(runs, n, ...)`.
    """

    template: Any
    rngs: list[np.random.Generator]
    targets: list[Any]
    x: np.ndarray
    y: np.ndarray

    def normal(self) -> list[np.ndarray]:
        """Return standard normal parameters, leaf by leaf with a first axis `runs`."""
        members = [normal_leaves(self.template, rng) for rng in self.rngs]
        return [np.stack(leaves) for leaves in zip(*members, strict=True)]


def _positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name} is {value}; expected a finite positive number.")


@dataclasses.dataclass(frozen=True)
class Normal:
    """Parameters drawn from `N(0, scale^2)`.

    The scale multiplies the same normal numbers, so that a seed is a direction.

    Attributes:
        scale: Standard deviation, positive.
        factors: Factors of the scale for single fields of the model, such as
            `{"a": 0.1}`.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import LinearSpec
        >>> given = LinearSpec(2), rec.RandomNetwork(), rec.Random(size=2)
        >>> studies = [sf.Study(*given, rec.Normal(scale)) for scale in (1.0, 0.1)]
        >>> starts = [study.members(np.arange(1)) for study in studies]
        >>> large, small = (jax.tree.leaves(start.models)[0] for start in starts)
        >>> bool(jnp.allclose(small, 0.1 * large))
        True
    """

    scale: float = 1.0
    factors: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        _positive("scale", self.scale)

    def models(self, start: Start) -> Any:
        """Return the ensemble at its start."""
        names = leaf_names(start.template)
        unknown = set(self.factors) - set(names)
        if unknown:
            raise ValueError(
                f"initialisation.factors names {sorted(unknown)}; the model has the "
                f"fields {sorted(set(names))}."
            )
        scales = [self.scale * self.factors.get(name, 1.0) for name in names]
        pairs = zip(scales, start.normal(), strict=True)
        return with_leaves(start.template, [scale * g for scale, g in pairs])


@dataclasses.dataclass(frozen=True)
class Limit:
    """The limit of `Normal` as its scale goes to zero.

    Attributes:
        delta: Norm of the parameters at which the numerical flow begins, positive. The
            error is `O(delta^2)` for odd activations and `O(delta)` for others.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> one = TwoLayerSpec(width=1, inputs=1)
        >>> target = rec.NamedFunction("tanh(x+1)")
        >>> study = sf.Study(one, target, rec.Even(3), rec.Limit(delta=1e-3))
        >>> start = study.members(np.arange(1)).models
        >>> norm = jnp.sqrt(jnp.sum(start.w**2) + jnp.sum(start.a**2))
        >>> round(float(norm), 6)
        0.001
    """

    delta: float = 1e-3

    def __post_init__(self):
        _positive("delta", self.delta)

    def models(self, start: Start) -> Any:
        """Return the ensemble at its start."""
        models = with_leaves(start.template, start.normal())
        return limit_start(models, start.x, start.y, delta=self.delta)


@dataclasses.dataclass(frozen=True)
class Imbalanced:
    """The limit of small initialisation for two neurons with a chosen imbalance.

    Attributes:
        ratio: The imbalance ratio `C_1 / C_2` of the two neurons; None draws
            `(C_1, C_2)` in a uniform direction for every seed.
        delta: Norm of the parameters at which the numerical flow begins, as in `Limit`.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> target, start = rec.NamedFunction("tanh(x+1)"), rec.Imbalanced(ratio=3.0)
        >>> study = sf.Study(TwoLayerSpec(2, 1), target, rec.Even(3), start)
        >>> first, second = study.members(np.arange(1)).models.a[0]
        >>> round(float(first / second), 3)
        3.0
    """

    ratio: float | None = None
    delta: float = 1e-3

    def __post_init__(self):
        _positive("delta", self.delta)

    def models(self, start: Start) -> Any:
        """Return the ensemble at its start."""
        width = getattr(start.template, "width", None)
        if width != 2 or leaf_names(start.template)[:2] != ["w", "a"]:
            raise ValueError(
                "an imbalance ratio belongs to a two-layer network of width 2; the "
                f"model is a {type(start.template).__name__} of width {width}. Use the "
                "initialisation limit."
            )
        leaves = [np.zeros_like(leaf) for leaf in start.normal()]
        leaves[1] = np.stack([self._direction(rng) for rng in start.rngs])
        models = with_leaves(start.template, leaves)
        return limit_start(models, start.x, start.y, delta=self.delta)

    def _direction(self, rng: np.random.Generator) -> np.ndarray:
        if self.ratio is not None:
            return np.array([self.ratio, 1.0])
        angle = rng.uniform(0, 2 * np.pi)
        return np.array([np.cos(angle), np.sin(angle)])


@dataclasses.dataclass(frozen=True)
class Near:
    """Parameters close to the target, to test whether training leads back to it.

    Attributes:
        distance: Standard deviation of the noise that is added to every parameter.
        branch: How a model that is wider than the target represents it. `silent`: extra
            neurons have random input weights and zero output weights. `merged`: each
            neuron of the target is divided into several with positive shares.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> target, start = rec.Neurons(((2.0,),), (3.0,)), rec.Near(1e-4)
        >>> study = sf.Study(TwoLayerSpec(1, 1), target, rec.Even(3), start)
        >>> models = study.members(np.arange(1)).models
        >>> round(models.w.item(), 2), round(models.a.item(), 2)
        (2.0, 3.0)
    """

    distance: float
    branch: Literal["silent", "merged"] = "silent"

    def __post_init__(self):
        _positive("distance", self.distance)

    def models(self, start: Start) -> Any:
        """Return the ensemble at its start."""
        pairs = zip(start.targets, start.rngs, strict=True)
        points = [
            embedded(target, start.template, self.branch, rng) for target, rng in pairs
        ]
        centre = [np.stack(leaves) for leaves in zip(*points, strict=True)]
        noise = start.normal()
        moved = [c + self.distance * g for c, g in zip(centre, noise, strict=True)]
        return with_leaves(start.template, moved)


Initialisation = Normal | Limit | Imbalanced | Near
