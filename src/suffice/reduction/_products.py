"""Reduction of products of matrices to their rank."""

import functools
from fractions import Fraction

import jax.numpy as jnp
import numpy as np

from suffice._core import product_rank
from suffice.models import MatrixProduct, SymmetricProduct

from ._result import Reduction


def reduce_product(model: MatrixProduct, tolerance: float, radius: float) -> Reduction:
    """Factors whose inner dimension is the rank of the product, from its SVD.

    With tolerance 0 the rank is that of the factors over the rationals. Otherwise
    singular values up to the tolerance, relative to the largest, count as zero. The
    bound is the largest dropped singular value, which bounds the change of every entry.
    """
    before = tuple(factor.shape[1] for factor in model.factors[:-1])
    if not before:
        return Reduction(model, (), (), 0.0, "rigorous", radius, tolerance)
    factors, exponent = _scaled(model.factors)
    u, s, vt = np.linalg.svd(functools.reduce(np.matmul, factors), full_matrices=False)
    seen = _rank(s, max(model.shape), tolerance)
    r = product_rank(*factors) if tolerance == 0 else seen
    after = (r,) * len(before)
    if r > seen and before == after:  # the product would lose its small directions
        return Reduction(model, after, before, 0.0, "rigorous", radius, tolerance)
    spectrum = (u, s, vt) if r <= seen else _eliminated(*factors)
    parts = _balanced(*spectrum, r, len(factors))
    unit = np.exp2(exponent / len(factors))
    small = MatrixProduct(tuple(jnp.asarray(part * unit) for part in parts))
    with np.errstate(over="ignore"):
        bound = float(np.ldexp(s[r], exponent)) if r < len(s) else 0.0
    return Reduction(small, after, before, bound, "rigorous", radius, tolerance)


def reduce_symmetric(
    model: SymmetricProduct, tolerance: float, radius: float
) -> Reduction:
    """Orthogonal columns, one for each nonzero eigenvalue of the matrix.

    The rank is decided as in `reduce_product`.
    """
    (u, *a), exponent = _scaled([model.u] if model.a is None else [model.u, model.a])
    exponent += int(np.frexp(np.abs(model.u).max(initial=0.0))[1])  # u enters twice
    values, vectors = _eigen(u, *a)
    # Without coefficients the singular values of u are at hand, which show more.
    resolved = np.sqrt(values) if tolerance == 0 and not a else np.abs(values)
    seen = _rank(resolved, len(u), tolerance)
    r = seen
    if tolerance == 0:
        r = product_rank(u, np.diag(a[0]), u.T) if a else product_rank(u)
    before = (model.u.shape[1],)
    if r > seen and (before == (r,) or a):  # the matrix would lose small eigenvalues
        return Reduction(model, before, before, 0.0, "rigorous", radius, tolerance)
    if r > seen:
        vectors, values, _ = _eliminated(u, u.T)
    sign = None if model.a is None else jnp.asarray(np.sign(values[:r]))
    root = np.sqrt(np.abs(values[:r])) * np.exp2(exponent / 2)
    small = SymmetricProduct(jnp.asarray(vectors[:, :r] * root), sign)
    dropped = np.abs(values[r]) if r < len(values) else 0.0
    with np.errstate(over="ignore"):
        bound = float(np.ldexp(dropped, exponent))
    return Reduction(small, (r,), before, bound, "rigorous", radius, tolerance)


def _eigen(u, a=None):
    """Eigenvalues and vectors of `sum_k a_k u_k u_k^T`, the largest first."""
    if a is None:  # without squaring the condition
        vectors, sigma, _ = np.linalg.svd(u, full_matrices=False)
        return sigma**2, vectors
    values, vectors = np.linalg.eigh((u * a) @ u.T)
    order = np.argsort(-np.abs(values), kind="stable")
    return values[order], vectors[:, order]


def _scaled(factors) -> tuple[list[np.ndarray], int]:
    """Factors whose largest entry is about 1, and the power of two taken out of all."""
    scaled, exponent = [], 0
    for factor in map(np.asarray, factors):
        power = int(np.frexp(np.abs(factor).max(initial=0.0))[1])
        scaled.append(np.ldexp(factor, -power))
        exponent += power
    return scaled, exponent


def _balanced(left, sizes, right, r, layers) -> list[np.ndarray]:
    root = sizes[:r] ** (1 / layers)
    inner = [np.diag(root)] * (layers - 2)
    return [left[:, :r] * root, *inner, root[:, None] * right[:r]]


def _eliminated(*factors):
    """Unit triangular factors of a product over the rationals, and its pivots.

    With complete pivoting they stay well conditioned, whatever the pivots are.
    """
    exact = [np.vectorize(Fraction, otypes=[object])(factor) for factor in factors]
    rest = functools.reduce(np.dot, exact)
    columns, pivots, rows = [], [], []
    while (largest := np.abs(rest)).any():
        i, j = np.unravel_index(int(np.argmax(largest)), rest.shape)
        pivot = rest[i, j]
        column, row = rest[:, j] / abs(pivot), rest[i] / pivot
        rest = rest - np.outer(column * abs(pivot), row)
        columns.append(column)
        pivots.append(abs(pivot))
        rows.append(row)
    left, sizes, right = (np.array(part, float) for part in (columns, pivots, rows))
    return left.T, sizes, right


def _rank(s, size, tolerance):
    floor = max(tolerance, 8 * size * np.finfo(float).eps)
    return int(np.sum(s > floor * s[0])) if len(s) and s[0] > 0 else 0
