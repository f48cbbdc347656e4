"""All optimistic sample sizes of the targets of a model."""

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

from suffice._core import count_parameters, Model, partition, plural, Result
from suffice._core.literature import bases
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
    convolution_is_known,
    convolution_size,
    deep_size,
    matrix_size,
    symmetric_size,
    two_layer_size,
    untied_size,
)
from ._network_size import random_like, shape_of
from ._sample_size import ALMOST_EVERY, optimistic_sample_size, SizeStatus

M = TypeVar("M", bound=Model)

LONGEST = 1000  # largest number of strata that are listed for a deep network


@dataclasses.dataclass(frozen=True)
class Stratum:
    """A class of targets and its sample size.

    Attributes:
        targets: The targets, in words.
        size: Their optimistic sample size.
        status: The status of the size, see `SampleSize`.
    """

    targets: str
    size: int
    status: SizeStatus


@dataclasses.dataclass(frozen=True)
class Stratification(Result):
    """The rank stratification of a model.

    Attributes:
        strata: Classes of targets, in the order of their sizes.
        parameters: Number of parameters `M`.
    """

    grounds = bases.STRATA

    strata: tuple[Stratum, ...]
    parameters: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of all strata."""
        return tuple(stratum.size for stratum in self.strata)

    def headline(self) -> str:
        """The number of sizes, in one sentence."""
        return (
            f"{len(set(self.sizes))} optimistic sample sizes from {self.sizes[0]} to "
            f"{self.sizes[-1]}; the model has {self.parameters} parameters."
        )

    def shown(self) -> dict[str, Any]:
        """One row for each stratum."""
        return {s.targets: f"{s.size} ({s.status})" for s in self.strata}


def stratification(model: Model) -> Stratification:
    """The optimistic sample sizes of all targets of a model.

    They depend on the architecture of the model and not on its parameters. Prefer
    `optimistic_sample_size` for a single target.

    Args:
        model: A model of `suffice.models`.

    Returns:
        Classes of targets with their sizes, in increasing order.

    Raises:
        TypeError: No stratification is known for this kind of model.
        ValueError: A deep network has more than 1000 strata.

    Source:
        Rank stratification: arXiv:2211.11623, Section 3; sizes as in
        `optimistic_sample_size`.

    Examples:
        >>> model = sf.TwoLayer.normal(width=3, inputs=2, key=jax.random.key(0))
        >>> sf.stratification(model).sizes
        (0, 3, 6, 9)
    """
    strata = sorted(_strata(model), key=lambda stratum: stratum.size)
    return Stratification(tuple(strata), count_parameters(model))


@functools.singledispatch
def _strata(model: Model) -> Iterator[Stratum]:
    raise TypeError(
        f"no stratification is known for a {type(model).__name__}; use "
        "optimistic_sample_size for a single target."
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
    if isinstance(model, Diagonal) and model.layers == 1:
        yield Stratum("every target", model.inputs, "exact")
        return
    for k in range(model.inputs + 1):
        yield Stratum(f"{k} nonzero coefficients", k, "exact")


@_strata.register
def _matrix(model: MatrixProduct) -> Iterator[Stratum]:
    if len(model.factors) == 1:
        yield Stratum("every target", math.prod(model.shape), "exact")
        return
    for r in range(min(min(factor.shape) for factor in model.factors) + 1):
        yield Stratum(f"rank {r}", matrix_size(*model.shape, r), "exact")


@_strata.register
def _symmetric(model: SymmetricProduct) -> Iterator[Stratum]:
    for r in range(min(model.u.shape) + 1):
        yield Stratum(f"rank {r}", symmetric_size(model.shape[0], r), "exact")


@_strata.register
def _two_layer(model: TwoLayer) -> Iterator[Stratum]:
    rigid = model.activation.rigid
    quadratic = model.activation.quadratic and model.a.ndim == 1
    status: SizeStatus = "exact" if rigid or quadratic else ALMOST_EVERY
    for k in range(_widest(model) + 1):
        yield Stratum(plural(k, "neuron"), _neurons(model, k), status if k else "exact")
    if rigid and model.b is not None and model.c is None:
        # A neuron with zero input weights; an even one has no slope at bias zero.
        constant = model.outputs + (0 if model.activation.even else model.inputs)
        for k in range(model.width):
            name = f"{plural(k, 'neuron')} and a constant"
            yield Stratum(name, constant + (_neurons(model, k) if k else 0), "exact")


def _widest(model: TwoLayer) -> int:
    """The largest intrinsic width of a function of this model."""
    if model.activation.homogeneous and model.inputs == 1 and model.b is None:
        return min(model.width, 2)
    if model.activation.quadratic and model.a.ndim == 1:
        return min(model.width, model.inputs + (model.b is not None))
    return model.width


def _neurons(model: TwoLayer, k: int) -> int:
    if k == 0:
        return optimistic_sample_size(_zero(model)).value or 0
    size = two_layer_size(model.activation, k, **shape_of(model))
    if size is None:
        size = tangent_rank(random_like(model, k, jax.random.key(0))).value
    return _decided(size, f"{k} generic neurons")


def _zero(model: M) -> M:
    params, rest = partition(model)
    return eqx.combine(jax.tree.map(jnp.zeros_like, params), rest)


@_strata.register
def _convolution(model: Convolution) -> Iterator[Stratum]:
    zero = optimistic_sample_size(_zero(model)).value
    yield Stratum("zero", zero or 0, "exact")
    odd = convolution_is_known(model.activation)
    status: SizeStatus = "exact" if odd else ALMOST_EVERY
    if not model.shared:
        # If s(0) != 0, an unused neuron must lie at a window without other neurons.
        status = "exact" if odd else "upper bound"
        for n in range(1, model.width * math.prod(model.positions) + 1):
            yield Stratum(f"{n} active neurons", _active(model, n), status)
        return
    for k in range(1, model.width + 1):
        name = f"{k} kernels, no two of them translates"
        yield Stratum(name, _kernels(model, k), status)


def _kernels(model: Convolution, k: int) -> int:
    kernel, positions = math.prod(model.size), math.prod(model.positions)
    bias = model.b is not None
    if convolution_is_known(model.activation):
        return convolution_size(positions, kernel, k, bias=bias)
    generic = Convolution.normal(
        k,
        model.shape,
        model.size,
        key=jax.random.key(0),
        bias=bias,
        activation=model.activation,
    )
    return _decided(tangent_rank(generic).value, f"{k} generic kernels")


def _active(model: Convolution, n: int) -> int:
    kernel, bias = math.prod(model.size), model.b is not None
    if convolution_is_known(model.activation):
        return untied_size(kernel, n, bias=bias)
    windows = math.prod(model.positions)
    generic = Convolution.normal(
        -(-n // windows),
        model.shape,
        model.size,
        key=jax.random.key(0),
        shared=False,
        bias=bias,
        activation=model.activation,
    )
    alive = (jnp.arange(generic.a.size) < n).reshape(generic.a.shape)

    def kept(leaf):
        return leaf * alive.reshape(*alive.shape, *(1,) * (leaf.ndim - alive.ndim))

    params, rest = partition(generic)
    target = eqx.combine(jax.tree.map(kept, params), rest)
    return _decided(tangent_rank(target).value, f"{n} generic neurons")


def _decided(size: int | None, what: str) -> int:
    if size is None:
        raise ValueError(f"the rank of {what} is undecided; see tangent_rank.")
    return size


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
        widths = (model.inputs, *widths, model.outputs)
        status: SizeStatus = ALMOST_EVERY
        if model.activation.homogeneous:
            # Each neuron has a free scale; regions with dead neurons have less rank.
            size = deep_size(widths, bias=bias) - sum(widths[1:-1])
            status = "upper bound"
        elif model.activation.independent and model.activation.parity is not None:
            size = deep_size(widths, bias=bias)
        else:
            narrow = DeepNetwork.normal(
                widths, key=jax.random.key(0), bias=bias, activation=model.activation
            )
            size = tangent_rank(narrow).value
        if size is not None:
            name = " x ".join(map(str, widths[1:-1]))
            yield Stratum(f"hidden widths {name}", size, status)
