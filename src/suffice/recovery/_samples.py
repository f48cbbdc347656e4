"""Five ways to choose the observed inputs, which the results name.

The inputs of `n` samples are the first `n` of a sequence, so that runs at two sample
sizes differ in the added samples only (except for evenly spaced inputs).
"""

import dataclasses

import numpy as np

from suffice._core import Model

from ._draws import rng_of
from ._law import drawn, finite_domain, Law, shape_of_inputs
from ._order import conditioned_order, planned_order


def _check(size: int, scale: float, share: int = 1) -> None:
    if size < 1 or share < 1:
        raise ValueError(f"size is {size} and share is {share}; expected at least 1.")
    if not 0 < scale < np.inf:
        raise ValueError(f"scale is {scale}; expected a finite positive number.")


@dataclasses.dataclass(frozen=True)
class Random:
    """Independent random inputs, or random entries of a finite domain.

    Attributes:
        size: Number of samples `n`.
        law: `normal`: N(0, scale^2) in each coordinate; `uniform`: on [-scale, scale].
        scale: Scale of the law.
        share: Number of consecutive seeds that share one sequence. With more than one,
            intervals are widened by the design effect.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> one = TwoLayerSpec(width=1, inputs=1)
        >>> target = rec.NamedFunction("tanh(x+1)")
        >>> study = sf.Study(one, target, rec.Random(size=3, law="uniform", scale=2.0))
        >>> x = study.members(np.arange(4)).x
        >>> x.shape, bool((abs(x) <= 2).all())
        ((4, 3, 1), True)
    """

    size: int
    law: Law = "normal"
    scale: float = 1.0
    share: int = 1

    def __post_init__(self):
        _check(self.size, self.scale, self.share)

    @property
    def mode(self) -> str:
        """How the samples are chosen, in words."""
        return "random"

    def group(self, seed: int) -> int:
        """Return the group of a seed; seeds of one group share their samples."""
        return seed // self.share

    def sequence(self, target: Model, model: Model, key: int, group: int) -> np.ndarray:
        """Return the inputs of a group, at least `size` of them."""
        del target
        rng = rng_of(key, "samples", group)
        points = finite_domain(model)
        if points is None:
            return drawn(rng, self.size, shape_of_inputs(model), self.law, self.scale)
        return points[rng.permutation(len(points))]


@dataclasses.dataclass(frozen=True)
class Conditioned:
    """Random inputs, of which the first ones all carry new information.

    They are drawn like `Random`. Until the samples span all tangent directions of the
    target, an input that adds no direction is put behind the others. `n` samples then
    span `min(n, R)` of the `R` directions, so that the guarantee of local linear
    recovery holds from the optimistic sample size on.

    Attributes:
        size: Number of samples `n`.
        law: As for `Random`.
        scale: Scale of the law.
        share: Number of consecutive seeds that share one sequence.
        candidates: Number of inputs that are drawn; a finite domain is taken as a
            whole.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import MatrixSpec
        >>> matrix = MatrixSpec((3, 3), rank=1)
        >>> study = sf.Study(matrix, rec.RandomNetwork(), rec.Conditioned(size=5))
        >>> start = study.members(np.arange(1))
        >>> rows = sf.jacobian(start.targets[0], start.x[0])
        >>> int(np.linalg.matrix_rank(rows))
        5
    """

    size: int
    law: Law = "normal"
    scale: float = 1.0
    share: int = 1
    candidates: int = 500

    def __post_init__(self):
        _check(self.size, self.scale, self.share)

    @property
    def mode(self) -> str:
        """How the samples are chosen, in words."""
        return "random, conditioned on the guarantee"

    def group(self, seed: int) -> int:
        """Return the group of a seed; seeds of one group share their samples."""
        return seed // self.share

    def sequence(self, target: Model, model: Model, key: int, group: int) -> np.ndarray:
        """Return all candidates of a group in order."""
        rng = rng_of(key, "samples", group)
        points = finite_domain(model)
        if points is None:
            shape = shape_of_inputs(model)
            points = drawn(rng, self.candidates, shape, self.law, self.scale)
        else:
            points = points[rng.permutation(len(points))]
        return points[conditioned_order(target, points)]


@dataclasses.dataclass(frozen=True)
class Planned:
    """Inputs in the order of `suffice.plan`; the first ones determine the target best.

    Attributes:
        size: Number of samples `n`.
        law: Law of the candidates, as for `Random`; a finite domain is taken as a
            whole.
        scale: Scale of the law.
        candidates: Number of candidates that are drawn, once for the study.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import LinearSpec
        >>> samples = rec.Planned(size=1, law="uniform")
        >>> study = sf.Study(LinearSpec(1), rec.RandomNetwork(), samples)
        >>> bool(abs(study.members(np.arange(1)).x).item() > 0.9)
        True
    """

    size: int
    law: Law = "normal"
    scale: float = 1.0
    candidates: int = 200

    def __post_init__(self):
        _check(self.size, self.scale)

    @property
    def mode(self) -> str:
        """How the samples are chosen, in words."""
        return "planned order"

    def group(self, seed: int) -> int:
        """Return the group 0, since all seeds share their samples."""
        del seed
        return 0

    def sequence(self, target: Model, model: Model, key: int, group: int) -> np.ndarray:
        """Return all candidates in order."""
        pool = finite_domain(model)
        if pool is None:
            rng = rng_of(key, "candidates", group)
            shape = shape_of_inputs(model)
            pool = drawn(rng, self.candidates, shape, self.law, self.scale)
        return pool[planned_order(target, pool)]


@dataclasses.dataclass(frozen=True)
class Even:
    """Evenly spaced inputs on [-scale, scale], for models of one input.

    Attributes:
        size: Number of samples `n`; the only samples that are not nested in `n`.
        scale: Half the length of the interval.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> one = TwoLayerSpec(width=1, inputs=1)
        >>> target = rec.NamedFunction("tanh(x+1)")
        >>> study = sf.Study(one, target, rec.Even(size=3))
        >>> study.members(np.arange(1)).x.ravel().tolist()
        [-2.0, 0.0, 2.0]
    """

    size: int
    scale: float = 2.0

    def __post_init__(self):
        _check(self.size, self.scale)

    @property
    def law(self) -> Law:
        """Distribution of the inputs over which errors are averaged."""
        return "uniform"

    @property
    def mode(self) -> str:
        """How the samples are chosen, in words."""
        return "evenly spaced"

    def group(self, seed: int) -> int:
        """Return the group 0, since all seeds share their samples."""
        del seed
        return 0

    def sequence(self, target: Model, model: Model, key: int, group: int) -> np.ndarray:
        """Return the inputs."""
        del target, key, group
        shape = shape_of_inputs(model)
        if shape != (1,):
            raise ValueError(
                f"evenly spaced samples need a model of one input; this one takes "
                f"inputs of shape {shape}; use random or given samples."
            )
        return np.linspace(-self.scale, self.scale, self.size)[:, None]


@dataclasses.dataclass(frozen=True)
class Given:
    """A sequence of inputs that you give.

    Attributes:
        points: Inputs in order; for a matrix, rows and columns counted from 0.
        size: Number of samples `n`, the first of them; None takes all.
        law: Law of the inputs over which errors are averaged.
        scale: Scale of that law.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> one = TwoLayerSpec(width=1, inputs=1)
        >>> target = rec.NamedFunction("tanh(x+1)")
        >>> points = ((1.0,), (0.0,), (3.0,))
        >>> study = sf.Study(one, target, rec.Given(points, size=2))
        >>> study.members(np.arange(1)).x.ravel().tolist()
        [1.0, 0.0]
    """

    points: tuple[tuple[int | float, ...], ...]
    size: int | None = None
    law: Law = "normal"
    scale: float = 1.0

    def __post_init__(self):
        _check(len(self.points) if self.size is None else self.size, self.scale)

    @property
    def mode(self) -> str:
        """How the samples are chosen, in words."""
        return "given sequence"

    def group(self, seed: int) -> int:
        """Return the group 0, since all seeds share their samples."""
        del seed
        return 0

    def sequence(self, target: Model, model: Model, key: int, group: int) -> np.ndarray:
        """Return all inputs in order."""
        del target, key, group
        points = np.asarray(self.points, float)
        known = finite_domain(model)
        if known is None:
            return points.reshape(len(points), *shape_of_inputs(model))
        inputs = set(map(tuple, known.astype(float).tolist()))
        for number, point in enumerate(points.tolist(), 1):
            if tuple(point) not in inputs:
                raise ValueError(
                    f"samples.points, number {number}: {point} is no input of the "
                    f"model; inputs are {known[0].tolist()} to {known[-1].tolist()}."
                )
        return points.astype(known.dtype)


Samples = Random | Conditioned | Planned | Even | Given
