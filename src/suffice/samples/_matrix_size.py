"""Sample sizes of models that are linear in their inputs, and of matrices."""

import functools
from typing import Any

import jax
import numpy as np

from suffice._core import count_parameters, given, product_rank
from suffice.models import (
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
)
from suffice.tangent import numerical_rank, tangent_rank

from ._closed_form import matrix_size, symmetric_size
from ._sample_size import (
    finite_matrix,
    measured_size,
    no_width,
    SampleSize,
    size_of,
    SizeStatus,
    too_narrow,
)

EPSILON = float(np.finfo(float).eps)


@size_of.register
def _linear(target: Linear, width, model, key):
    no_width(target, width)
    model = _same_kind(target, model)
    point = tangent_rank(target, key=key)
    return measured_size(
        point,
        "exact",
        source="arXiv:2406.18035, Corollary 3 (proved there)",
        reduced="itself",
        parameters=count_parameters(model),
        generic_rank=point.value,
        formula="dimension of the span of the features",
    )


@size_of.register
def _diagonal(target: Diagonal, width, model, key):
    no_width(target, width)
    model = _same_kind(target, model)
    nonzero = np.all(np.asarray(target.a) != 0, axis=0)
    return _sparse(model, nonzero, linear=model.layers == 1)


@size_of.register
def _square_difference(target: SquareDifference, width, model, key):
    no_width(target, width)
    model = _same_kind(target, model)
    return _sparse(model, np.abs(target.a) != np.abs(target.b))


def _same_kind(target, model):
    """The model, if it has the class and the size of the target."""
    if model is None:
        return target
    shape = (
        type(model),
        getattr(model, "inputs", None),
        getattr(model, "outputs", None),
    )
    if shape != (type(target), target.inputs, target.outputs):
        name = type(target).__name__
        raise ValueError(
            f"model is a {type(model).__name__}; a {name} target is recovered in a "
            f"{name} with {target.inputs} inputs and {target.outputs} output(s)."
        )
    return model


def _sparse(model, nonzero, linear=False):
    k = int(np.count_nonzero(nonzero))
    return sparse_size(k, model.inputs, count_parameters(model), linear=linear)


def sparse_size(
    k: int, inputs: int, parameters: int, *, linear: bool = False
) -> SampleSize:
    """The size of a sparse linear target, from its number of nonzero coefficients.

    Args:
        k: Number of nonzero coefficients.
        inputs: Number of inputs.
        parameters: Number of parameters of the model.
        linear: Whether the model has one layer only.
    """
    size = inputs if linear else k
    return SampleSize(
        value=size,
        status="exact",
        formula=f"d = {size}: one layer is linear"
        if linear
        else f"k = {k} nonzero coefficients",
        source="arXiv:2211.11623, deep linear diagonal models; any depth derived here",
        reduced=f"{k} of {inputs} coefficients",
        parameters=parameters,
        generic_rank=inputs,
        vector_samples=size,
    )


@size_of.register(np.ndarray)
@size_of.register(jax.Array)
def _matrix(target, width, model, key):
    matrix = given(target)
    unit = np.finfo(matrix.dtype).eps if matrix.dtype.kind == "f" else EPSILON
    target = finite_matrix(matrix)
    if model is None:
        inner = min(target.shape) if width is None else width
        rows, columns = target.shape
        model = MatrixProduct.normal((rows, inner, columns), key=key)
    return _completion(target, model, max(float(unit), EPSILON))


@size_of.register
def _product(target: MatrixProduct, width, model, key):
    if width is not None:
        rows, columns = target.shape
        model = MatrixProduct.normal((rows, width, columns), key=key)
    return _of_factors(target, list(target.factors), model or target)


@size_of.register
def _symmetric(target: SymmetricProduct, width, model, key):
    if width is not None:
        signed = target.a is not None
        size = target.shape[0]
        model = SymmetricProduct.normal(size, width, key=key, signed=signed)
    factors = [target.u]  # U U^T has the rank of U
    if target.a is not None:
        factors = [target.u, np.diag(target.a), target.u.T]
    return _of_factors(target, factors, model or target)


def _of_factors(target: Any, factors: list[Any], model: Any) -> SampleSize:
    """The size that the exact rank of factors gives, with what float64 shows of it."""
    matrix = np.asarray(target.product())
    rank = product_rank(*factors)
    seen = numerical_rank(matrix).lower if np.isfinite(matrix).all() else None
    note = None
    if seen != rank:
        note = (
            f"this is the exact rank of the factors; to rounding their product shows "
            f"rank {seen}. Trained factors have full rank exactly; reduce them with a "
            "tolerance first"
        )
    return _completed(matrix, model, rank, "exact", note)


MATRICES = (
    "arXiv:2307.08921, Theorem 3 (square matrices, two factors); rectangular, "
    "symmetric and deep products derived and verified here"
)


def rank_size(
    shape: tuple[int, int],
    rank: int,
    *,
    width: int,
    parameters: int,
    symmetric: bool = False,
) -> SampleSize:
    """The size of a matrix from its rank, without the matrix.

    Args:
        shape: Numbers of rows and columns.
        rank: Rank of the target.
        width: Inner width of the model.
        parameters: Number of parameters of the model.
        symmetric: Whether the model is a `SymmetricProduct`.

    Raises:
        ValueError: The model is too narrow for the rank.
    """
    if width < rank:
        raise too_narrow("the inner width", width, rank)
    size, formula = _form(shape, rank, symmetric=symmetric)
    return SampleSize(
        value=size(rank),
        status="exact",
        formula=formula,
        source=MATRICES,
        reduced=f"rank {rank}",
        parameters=parameters,
        generic_rank=size(min(width, *shape)),
        vector_samples=size(rank),
    )


def _form(shape: tuple[int, int], r: int, *, symmetric: bool):
    """The closed form as a function of the rank, and its text."""
    rows, columns = shape
    if symmetric:
        formula = f"r d - r (r - 1) / 2 with r = {r}, d = {rows}"
        return functools.partial(symmetric_size, rows), formula
    formula = f"r (p + q - r) = {r} x ({rows} + {columns} - {r})"
    return functools.partial(matrix_size, rows, columns), formula


def _completion(matrix: np.ndarray, model, unit: float) -> SampleSize:
    cut = numerical_rank(matrix, error=_errors(matrix, unit))
    note = (
        f"singular values of the target relative to the largest: "
        f"{cut.last_kept:.1e} kept, {cut.first_dropped:.1e} dropped"
    )
    if not cut.confident:
        note += "; some of them, or whole rows, may be rounding errors"
    status = "exact" if cut.confident else "undecided"
    return _completed(matrix, model, cut.lower, status, note)


def _errors(matrix: np.ndarray, unit: float) -> np.ndarray:
    """One rounding of each entry; an entry that is as small as that may be nothing."""
    size = np.abs(matrix)
    floor = 8 * max(matrix.shape) * unit * size.max(initial=0.0)
    return np.where(size > floor, unit * size, size)


def _completed(matrix, model, rank: int, status: SizeStatus, note) -> SampleSize:
    size, formula, width = _family(matrix, model, rank)
    if width < rank:
        raise too_narrow("the inner width", width, rank)
    value = None if status == "undecided" else size(rank)
    return SampleSize(
        value=value,
        status=status,
        formula=formula,
        source=MATRICES,
        reduced=f"rank {rank}",
        parameters=count_parameters(model),
        generic_rank=size(min(width, *matrix.shape)),
        vector_samples=value,
        note=note,
    )


def _family(matrix, model, r):
    """The closed form for a model, its text, and the largest rank it can express."""
    rows, columns = matrix.shape
    if isinstance(model, SymmetricProduct):
        if np.abs(matrix - matrix.T).max() > 1e-12 * np.abs(matrix).max():
            raise ValueError(
                "target is not symmetric, but the model is a SymmetricProduct; use a "
                "MatrixProduct."
            )
        if model.a is None and _has_negative(matrix):
            raise ValueError(
                "target has a negative eigenvalue, which U U^T cannot express; use a "
                "SymmetricProduct with coefficients (signed=True)."
            )
        return *_form(matrix.shape, r, symmetric=True), model.u.shape[1]
    if not isinstance(model, MatrixProduct) or model.shape != matrix.shape:
        raise ValueError(
            f"a {type(model).__name__} cannot express a matrix of shape "
            f"{matrix.shape}; give a MatrixProduct of that shape."
        )
    if len(model.factors) == 1:
        formula = f"p q = {rows} x {columns}: one factor is linear"
        return lambda _: rows * columns, formula, min(rows, columns)
    inner = [factor.shape[1] for factor in model.factors[:-1]]
    return *_form(matrix.shape, r, symmetric=False), min([*inner, rows, columns])


def _has_negative(matrix) -> bool:
    values = np.linalg.eigvalsh(matrix)
    return bool(values[0] < -1e-12 * np.abs(values).max())
