"""Sample sizes of models that are linear in their inputs, and of matrices."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import count_parameters
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
    SampleSize,
    size_of,
    too_narrow,
)


@size_of.register
def _linear(target: Linear, width, model, key):
    del width, model
    point = tangent_rank(target, key=key)
    return measured_size(
        point,
        "exact",
        source="arXiv:2406.18035, Corollary 3 (proved there)",
        reduced="itself",
        parameters=count_parameters(target),
        generic_rank=point.value,
        formula="dimension of the span of the features",
    )


@size_of.register
def _diagonal(target: Diagonal, width, model, key):
    return _sparse(target, model, jnp.prod(target.a, axis=0))


@size_of.register
def _square_difference(target: SquareDifference, width, model, key):
    return _sparse(target, model, target.a**2 - target.b**2)


def _sparse(target, model, coefficients):
    k = int(np.count_nonzero(np.asarray(coefficients)))
    return SampleSize(
        value=k,
        status="exact",
        formula=f"k = {k} nonzero coefficients",
        source="arXiv:2211.11623, deep linear diagonal models; any depth derived here",
        reduced=f"{k} of {target.dim} coefficients",
        parameters=count_parameters(target if model is None else model),
        generic_rank=target.dim,
        vector_samples=k,
    )


@size_of.register(np.ndarray)
@size_of.register(jax.Array)
def _matrix(target, width, model, key):
    target = finite_matrix(target)
    if model is None:
        inner = min(target.shape) if width is None else width
        rows, columns = target.shape
        model = MatrixProduct.normal((rows, inner, columns), key=key)
    return _completion(target, model)


@size_of.register
def _product(target: MatrixProduct, width, model, key):
    if width is not None:
        rows, columns = target.shape
        model = MatrixProduct.normal((rows, width, columns), key=key)
    return _completion(np.asarray(target.product()), model or target)


@size_of.register
def _symmetric(target: SymmetricProduct, width, model, key):
    if width is not None:
        signed = target.a is not None
        size = target.shape[0]
        model = SymmetricProduct.normal(size, width, key=key, signed=signed)
    return _completion(np.asarray(target.product()), model or target)


def _completion(matrix: np.ndarray, model) -> SampleSize:
    cut = numerical_rank(matrix)
    size, formula, width = _family(matrix, model, cut.value)
    if width < cut.value:
        raise too_narrow("the inner width", width, cut.value)
    value = size(cut.value) if cut.confident else None
    return SampleSize(
        value=value,
        status="exact" if cut.confident else "undecided",
        formula=formula,
        source="arXiv:2307.08921, matrix factorisation (square, two factors); "
        "rectangular, symmetric and deep products derived and verified here",
        reduced=f"rank {cut.value}",
        parameters=count_parameters(model),
        generic_rank=size(min(width, *matrix.shape)),
        vector_samples=value,
        note=f"singular values of the target relative to the largest: "
        f"{cut.last_kept:.1e} kept, {cut.first_dropped:.1e} dropped",
    )


def _family(matrix, model, r):
    """The closed form of a family of products, its text, and its inner width."""
    rows, columns = matrix.shape
    if isinstance(model, SymmetricProduct):
        if not np.allclose(matrix, matrix.T, rtol=1e-12):
            raise ValueError(
                "target is not symmetric, but the model is a SymmetricProduct; use a "
                "MatrixProduct."
            )
        formula = f"r d - r (r - 1) / 2 with r = {r}, d = {rows}"
        return functools.partial(symmetric_size, rows), formula, model.u.shape[1]
    if not isinstance(model, MatrixProduct) or model.shape != matrix.shape:
        raise ValueError(
            f"a {type(model).__name__} cannot express a matrix of shape "
            f"{matrix.shape}; give a MatrixProduct of that shape."
        )
    inner = [factor.shape[1] for factor in model.factors[:-1]]
    formula = f"r (p + q - r) = {r} x ({rows} + {columns} - {r})"
    size = functools.partial(matrix_size, rows, columns)
    return size, formula, min([*inner, rows, columns])
