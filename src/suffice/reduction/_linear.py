"""Reduction of models that are linear, or products of matrices."""

import jax.numpy as jnp
import numpy as np

from suffice.models import (
    Diagonal,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
)

from ._result import Reduction


def reduce_diagonal(model: Diagonal, tolerance: float, radius: float) -> Reduction:
    """Distribute every coefficient equally over the layers; small ones become zero."""
    theta = np.prod(np.asarray(model.a), axis=0)
    kept, bound = _sparse(theta, tolerance, radius)
    root = np.abs(kept) ** (1 / model.layers)
    a = np.tile(root, (model.layers, 1))
    a[0] *= np.sign(kept)
    before = int(np.any(np.asarray(model.a) != 0, axis=0).sum())
    return _finish(Diagonal(jnp.asarray(a)), kept, before, bound, tolerance, radius)


def reduce_squares(
    model: SquareDifference, tolerance: float, radius: float
) -> Reduction:
    """Write every coefficient as one square; small ones become zero."""
    a, b = np.asarray(model.a), np.asarray(model.b)
    kept, bound = _sparse((a - b) * (a + b), tolerance, radius)
    small = SquareDifference(
        jnp.asarray(np.sqrt(np.maximum(kept, 0))),
        jnp.asarray(np.sqrt(np.maximum(-kept, 0))),
    )
    before = int(((a != 0) | (b != 0)).sum())
    return _finish(small, kept, before, bound, tolerance, radius)


def reduce_product(model: MatrixProduct, tolerance: float, radius: float) -> Reduction:
    """Factors whose inner dimension is the rank of the product, from its SVD.

    Singular values up to `max(shape) * 8 eps` times the largest, or up to the
    tolerance, count as zero. The bound is the largest dropped singular value, which
    bounds the change of every entry.
    """
    before = tuple(factor.shape[1] for factor in model.factors[:-1])
    if not before:
        return Reduction(model, (), (), 0.0, "rigorous", radius, tolerance)
    u, s, vt = np.linalg.svd(np.asarray(model.product()), full_matrices=False)
    r = _rank(s, max(model.shape), tolerance)
    root = s[:r] ** (1 / len(model.factors))
    inner = [np.diag(root)] * (len(model.factors) - 2)
    parts = [u[:, :r] * root, *inner, root[:, None] * vt[:r]]
    small = MatrixProduct(tuple(jnp.asarray(part) for part in parts))
    bound = float(s[r]) if r < len(s) else 0.0
    after = (r,) * len(before)
    return Reduction(small, after, before, bound, "rigorous", radius, tolerance)


def reduce_symmetric(
    model: SymmetricProduct, tolerance: float, radius: float
) -> Reduction:
    """Orthogonal columns, one for each nonzero eigenvalue of the matrix."""
    values, vectors = np.linalg.eigh(np.asarray(model.product()))
    order = np.argsort(-np.abs(values), kind="stable")
    values, vectors = values[order], vectors[:, order]
    r = _rank(np.abs(values), len(values), tolerance)
    u = vectors[:, :r] * np.sqrt(np.abs(values[:r]))
    sign = None if model.a is None else jnp.asarray(np.sign(values[:r]))
    small = SymmetricProduct(jnp.asarray(u), sign)
    bound = float(np.abs(values[r])) if r < len(values) else 0.0
    before = (model.u.shape[1],)
    return Reduction(small, (r,), before, bound, "rigorous", radius, tolerance)


def _rank(s, size, tolerance):
    floor = max(tolerance, 8 * size * np.finfo(float).eps)
    return int(np.sum(s > floor * s[0])) if len(s) and s[0] > 0 else 0


def _sparse(theta, tolerance, radius):
    small = np.abs(theta) <= tolerance * np.max(np.abs(theta), initial=0.0)
    dropped = np.where(small, theta, 0.0)
    return np.where(small, 0.0, theta), float(np.linalg.norm(dropped)) * radius


def _finish(small, kept, before, bound, tolerance, radius):
    after = int(np.count_nonzero(kept))
    return Reduction(small, (after,), (before,), bound, "rigorous", radius, tolerance)
