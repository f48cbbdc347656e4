"""The optimistic sample size: the smallest number of samples that recover a target."""

import dataclasses
import functools
from typing import Any, Literal

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Key

from suffice._core import count_parameters, given, Model, partition, Result
from suffice.models import Domain, RealSpace
from suffice.models._shared import recognised_on
from suffice.tangent import Rank, sampled_rank, tangent_rank
from suffice.tangent._shared import DENSE_PARAMETERS

SizeStatus = Literal[
    "exact",
    "exact for almost every target",
    "exact for almost every target near this one",
    "upper bound",
    "undecided",
]
ALMOST_EVERY: SizeStatus = "exact for almost every target"
ALMOST_EVERY_NEAR: SizeStatus = "exact for almost every target near this one"


@dataclasses.dataclass(frozen=True)
class SampleSize(Result):
    """The optimistic sample size of a target in a model, with its evidence.

    Attributes:
        value: Number of scalar samples with which the target can be determined locally;
            fewer samples never suffice. None if undecided.
        status: `exact`; `exact for almost every target` of the same reduced
            architecture, or `near this one` where the number differs between regions
            of parameters, as for deep ReLU networks; `upper bound` where parameters of
            lower rank may exist; `undecided`.
        source: The theorem behind value and status.
        reduced: The irreducible form of the target, in words.
        parameters: Number of parameters `M` of the model in which it is recovered.
        formula: The closed form with its numbers, or None.
        generic_rank: `M_I`, the rank of that model at generic parameters; None where it
            was not computed.
        vector_samples: Number of inputs that are needed if each gives all outputs;
            equals `value` for scalar outputs.
        point: Rank at the irreducible parameters; None where only a closed form was
            used.
        note: Restrictions on the answer, or None.
    """

    value: int | None
    status: SizeStatus
    source: str
    reduced: str
    parameters: int
    formula: str | None = None
    generic_rank: int | None = None
    vector_samples: int | None = None
    point: Rank | None = None
    note: str | None = None

    def headline(self) -> str:
        """The sample size in one sentence."""
        if self.value is None:
            return f"The optimistic sample size is undecided: {self.note}"
        if self.status == "upper bound":
            return f"At most {self.value} samples recover this target (upper bound)."
        if self.status == ALMOST_EVERY:
            return (
                f"{self.value} samples can recover this target; for almost every "
                "target of its kind, fewer cannot."
            )
        if self.status == ALMOST_EVERY_NEAR:
            return (
                f"{self.value} samples can recover this target; for almost every "
                "target near it, fewer cannot."
            )
        return f"{self.value} samples can recover this target, fewer cannot."


def optimistic_sample_size(
    target: Model | ArrayLike,
    *,
    width: int | None = None,
    model: Model | None = None,
    domain: Domain | None = None,
    key: Key[Array, ""] | None = None,
) -> SampleSize:
    r"""The smallest number of samples from which a model can recover a target.

        O_f(f*) = min { rank_f(θ) : f_θ = f* }

    The target is reduced to irreducible parameters first. The size does not depend on
    the width of the model, only on its architecture. Prefer `stratification` for the
    sizes of all targets of a model, and `guarantee` to judge given samples.

    Args:
        target: A model of any width that expresses the target, or a matrix of shape
            `(p, q)` for completion.
        width: Width of the model in which the target is recovered; None takes the width
            of the target.
        model: The model in which the target is recovered, if its architecture differs:
            an unshared `Convolution` or a `TwoLayer` for a shared convolution, a
            `SymmetricProduct` for a symmetric matrix. Its parameters do not matter.
        domain: Domain of the inputs of your own model; None takes the domain of the
            target. The other sizes hold on the domain of their class of models.
        key: Random key of sampled ranks; None takes a fixed one.

    Returns:
        The size, with the status that says whether it is exact, and its source.

    Raises:
        ValueError: The model is too narrow to express the target or has the wrong
            architecture, both `width` and `model` are given, or `domain` is given for
            a class of models whose reduction is known.

    Source:
        arXiv:2307.08921 (definition and estimates), arXiv:2406.18035, Theorem 1
        (equality of optimistic sample size and model rank, proved there). That almost
        every target of a smooth narrow network attains the bound is derived and
        verified here.

    Examples:
        >>> target = sf.TwoLayer.normal(width=3, inputs=5, key=jax.random.key(0))
        >>> sf.optimistic_sample_size(target, width=100).value
        18
    """
    if width is not None and model is not None:
        raise ValueError("both width and model are given; give one of them.")
    if width is not None and (not isinstance(width, int | np.integer) or width < 1):
        raise ValueError(f"width is {width!r}; expected an integer of at least 1.")
    key = jax.random.key(0) if key is None else key
    target = recognised_on(target, domain)
    if size_of.dispatch(type(target)) is size_of.dispatch(object):
        _check_own(target, width, model)
        return _own_size(target, domain, key)
    if domain is not None and not _is_own(target, domain):
        raise ValueError(
            f"domain is given, but the size of a {type(target).__name__} is known on "
            "its own domain only; leave it out, or use tangent_rank with this domain."
        )
    return size_of(target, width, model, key)


@functools.singledispatch
def size_of(target: Any, width, model, key) -> SampleSize:
    """The size for a target; other modules register a function for each class."""
    raise NotImplementedError(f"no size is registered for {type(target).__name__}")


def _is_own(target: Any, domain: Domain) -> bool:
    return isinstance(domain, RealSpace) and domain == getattr(target, "domain", None)


def _check_own(target: Any, width: Any, model: Any) -> None:
    """Check a model of a class without a registered size."""
    if not callable(target):
        raise ValueError(
            f"target is a {type(target).__name__}; expected a model, or a matrix as an "
            "array."
        )
    if width is not None or model is not None:
        raise ValueError(
            f"width and model have no meaning for a {type(target).__name__}, since no "
            "reduction of it is known; leave them out."
        )


def _own_size(target: Any, domain: Domain | None, key) -> SampleSize:
    return measured_size(
        tangent_rank(target, domain=domain, key=key),
        "upper bound",
        source="arXiv:2406.18035, Theorem 1; no reduction is known for this model",
        reduced=type(target).__name__,
        parameters=count_parameters(target),
    )


def measured_size(point: Rank, status: SizeStatus, **fields: Any) -> SampleSize:
    """The size that follows from the rank at irreducible parameters.

    An upper bound of the rank gives an upper bound of the size.
    """
    value = point.value
    if value is None:
        known = point.status == "at least"
        value, status = (point.upper, "upper bound") if known else (None, "undecided")
    fields = {"vector_samples": value, "note": point.note} | fields
    return SampleSize(value=value, status=status, point=point, **fields)


def rank_at_random(model: Model, key: Key[Array, ""]) -> int | None:
    """The rank `M_I`, measured at random parameters.

    It is None for models with more than 500 parameters and where it is undecided.
    """
    if count_parameters(model) > DENSE_PARAMETERS:
        return None
    params, rest = partition(model)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.fold_in(key, 2), max(len(leaves), 1))
    drawn = [
        jax.random.normal(k, leaf.shape, leaf.dtype)
        for k, leaf in zip(keys, leaves, strict=False)
    ]
    random = eqx.combine(jax.tree.unflatten(tree, drawn), rest)
    return sampled_rank(random, key=key).value


def status_against(point: Rank, generic: Rank) -> SizeStatus:
    """The status of a size, by comparison with the generic rank of the architecture."""
    return ALMOST_EVERY if point.value == generic.value else "upper bound"


def no_width(target: Any, width: int | None) -> None:
    """Check that no width is given for a model without one.

    Raises:
        ValueError: A width is given.
    """
    if width is not None:
        raise ValueError(
            f"width is {width}, but a {type(target).__name__} has no width; leave it "
            "out, or give the model."
        )


def too_narrow(what: str, have: Any, need: Any) -> ValueError:
    """The error for a model that cannot express the target."""
    return ValueError(
        f"{what} is {have}, but the target needs {need}; give a model of this size."
    )


def finite_matrix(matrix: np.ndarray) -> np.ndarray:
    """A matrix of floats, after a check that its entries are finite real numbers.

    Raises:
        ValueError: It is empty or no matrix, or an entry is not a finite real number.
    """
    matrix = given(matrix)
    if matrix.dtype.kind not in "iufb":
        raise ValueError(
            f"target has entries of type {matrix.dtype}; expected real numbers."
        )
    matrix = matrix.astype(float)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(
            f"target is an array of shape {matrix.shape}; expected a matrix of finite "
            "numbers, or a model."
        )
    return matrix
