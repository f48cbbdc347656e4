"""Every optimistic sample size that a model attains, and the targets that attain it."""

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any

import jax

from suffice._core import count_parameters, Model, Result
from suffice.models import (
    Convolution,
    DeepNetwork,
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
    TwoLayer,
)
from suffice.tangent import tangent_rank

from ._closed_form import (
    convolution_size,
    deep_size,
    matrix_size,
    symmetric_size,
    two_layer_size,
    untied_size,
)
from ._network_size import is_rigid, random_like, shape_of
from ._sample_size import ALMOST_EVERY, SizeStatus

LONGEST = 1000  # strata listed for a deep network


@dataclasses.dataclass(frozen=True)
class Stratum:
    """One row: which targets, and how many samples recover them.

    Attributes:
        targets: The targets in words.
        size: Their optimistic sample size.
        status: As in `SampleSize`.
    """

    targets: str
    size: int
    status: SizeStatus


@dataclasses.dataclass(frozen=True)
class Stratification(Result):
    """The rank stratification of a model.

    Attributes:
        strata: Increasing in size.
        parameters: Number of parameters `M`.
    """

    strata: tuple[Stratum, ...]
    parameters: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes alone."""
        return tuple(stratum.size for stratum in self.strata)

    def headline(self) -> str:
        """How many sizes there are."""
        return (
            f"{len(set(self.sizes))} optimistic sample sizes from {self.sizes[0]} to "
            f"{self.sizes[-1]}; the model has {self.parameters} parameters."
        )

    def shown(self) -> dict[str, Any]:
        """One row for each stratum."""
        return {s.targets: f"{s.size} ({s.status})" for s in self.strata}

    def to_dict(self) -> dict[str, Any]:
        """The table as a list of rows."""
        rows = [dataclasses.asdict(stratum) for stratum in self.strata]
        return {"strata": rows, "parameters": self.parameters}


def stratification(model: Model) -> Stratification:
    """The table of optimistic sample sizes of a model.

    Only the architecture of the model counts, not its parameters.

    Args:
        model: One of the package's own models.

    Raises:
        TypeError: No stratification is known for this kind of model.
        ValueError: A deep network has more than 1000 strata.

    Source:
        Rank stratification: arXiv:2211.11623, Section 3; sizes as in
        `optimistic_sample_size`.
    """
    strata = sorted(_strata(model), key=lambda stratum: stratum.size)
    return Stratification(tuple(strata), count_parameters(model))


@functools.singledispatch
def _strata(model: Model) -> Iterator[Stratum]:
    raise TypeError(
        f"no stratification is known for a {type(model).__name__}; "
        "optimistic_sample_size answers for a single target."
    )


@_strata.register
def _linear(model: Linear) -> Iterator[Stratum]:
    size = tangent_rank(model).value
    if size is None:
        raise ValueError("the rank of the features is undecided; see tangent_rank.")
    yield Stratum("every target", size, "exact")


@_strata.register(Diagonal)
@_strata.register(SquareDifference)
def _diagonal(model) -> Iterator[Stratum]:
    for k in range(model.dim + 1):
        yield Stratum(f"{k} nonzero coefficients", k, "exact")


@_strata.register
def _matrix(model: MatrixProduct) -> Iterator[Stratum]:
    for r in range(min(min(factor.shape) for factor in model.factors) + 1):
        yield Stratum(f"rank {r}", matrix_size(*model.shape, r), "exact")


@_strata.register
def _symmetric(model: SymmetricProduct) -> Iterator[Stratum]:
    for r in range(min(model.u.shape) + 1):
        yield Stratum(f"rank {r}", symmetric_size(model.shape[0], r), "exact")


@_strata.register
def _two_layer(model: TwoLayer) -> Iterator[Stratum]:
    quadratic = model.activation.name == "square" and model.a.ndim == 1
    status: SizeStatus = "exact" if is_rigid(model) or quadratic else ALMOST_EVERY
    for k in range(model.width + 1):
        yield Stratum(f"{k} neurons", _neurons(model, k), status if k else "exact")
    if is_rigid(model) and model.b is not None and model.c is None:
        constant = model.outputs + model.dim  # a neuron without input weights
        for k in range(model.width):
            name = f"{k} neurons and a constant"
            yield Stratum(name, _neurons(model, k) + constant, "exact")


def _neurons(model: TwoLayer, k: int) -> int:
    size = two_layer_size(model.activation, k, **shape_of(model))
    if size is None and k == 0:
        size = model.outputs * (model.c is not None)
    if size is None:
        size = tangent_rank(random_like(model, k, jax.random.key(0))).value
    if size is None:
        raise ValueError(f"the rank of {k} generic neurons is undecided.")
    return size


@_strata.register
def _convolution(model: Convolution) -> Iterator[Stratum]:
    kernel, positions = math.prod(model.size), math.prod(model.positions)
    bias = model.b is not None
    if not model.shared:
        for n in range(model.width * positions + 1):
            size = untied_size(kernel, n, bias=bias)
            yield Stratum(f"{n} active neurons", size, "exact")
        return
    for k in range(model.width + 1):
        size = convolution_size(positions, kernel, k, bias=bias)
        yield Stratum(f"{k} kernels, no two of them translates", size, "exact")


@_strata.register
def _deep(model: DeepNetwork) -> Iterator[Stratum]:
    hidden = model.widths[1:-1]
    if math.prod(hidden) > LONGEST:
        raise ValueError(
            f"widths {model.widths} have {math.prod(hidden)} strata, more than "
            f"{LONGEST}; ask for a narrower network, or for single targets."
        )
    bias = model.biases is not None
    for widths in itertools.product(*(range(1, m + 1) for m in hidden)):
        widths = (model.dim, *widths, model.outputs)
        if model.activation.kind in ("odd", "sig", "lin", "sinusoidal"):
            size = deep_size(widths, bias=bias)
        else:
            narrow = DeepNetwork.normal(
                widths, key=jax.random.key(0), bias=bias, activation=model.activation
            )
            size = tangent_rank(narrow).value
        if size is not None:
            name = " x ".join(map(str, widths[1:-1]))
            yield Stratum(f"hidden widths {name}", size, ALMOST_EVERY)
