"""Gradient flow near the origin: a linear flow with an exact solution at any scale."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from suffice._core import partition, require_float64
from suffice.training._data import read_data
from suffice.training._fit import _sizes

from ._at_zero import NO_GROWTH
from ._two_factors import moments, Samples, two_factors

_DENSE = 500  # largest number of parameters for which a Hessian is formed


class LinearFlow(NamedTuple):
    """The flow `dz/dt = H z` near the origin, in terms of the eigenvectors of `H`.

    Attributes:
        z: Parameters of the members, `(runs, rows, columns)`; `H` acts on the rows.
        directions: Orthonormal eigenvectors, `(runs or 1, rows, modes)`; the flow is
            zero along all directions orthogonal to them.
        rates: Their eigenvalues, `(runs or 1, modes)`, the largest first.
        rebuild: Function that makes the ensemble of such a `z`.
    """

    z: np.ndarray
    directions: np.ndarray
    rates: np.ndarray
    rebuild: Callable[[np.ndarray], Any]

    def mode(self, index: int) -> np.ndarray:
        """The coefficients of one mode in all columns, `(runs, columns)`."""
        return (self.directions[:, None, :, index] @ self.z)[:, 0]


def samples(models: Any, x: Any, y: Any, weights: Any) -> Samples:
    """The data of an ensemble; data that all members share are held once.

    Raises:
        ValueError: JAX is in float32 mode, `models` is no ensemble, or the data do not
            fit it.
    """
    require_float64("The flow near the origin")
    runs, _ = _sizes(models)
    data = read_data(models, runs, x, y, weights)
    y, root = data.per_member["y"], data.per_member["root"][..., 0]
    x = data.per_member.get("x")
    if x is None:
        x = jax.tree.map(lambda leaf: leaf[None], data.shared)
        if (y == y[:1]).all() and (root == root[:1]).all():
            y, root = y[:1], root[:1]
    return Samples(x, y, root**2)


def linear_flow(models: Any, data: Samples) -> LinearFlow:
    """The linear flow at the origin of the parameter space.

    Raises:
        ValueError: The origin is not a critical point, no direction grows there, or the
            model has another form and is too large for its Hessian.
    """
    factors = two_factors(models)
    if factors is None:
        flow = _from_hessian(models, data)
    else:
        flow = _from_factors(factors, moments(models, data))
    if not (flow.rates[:, 0] > 0).all():
        raise ValueError(
            f"the second derivative of the loss vanishes at the origin, {NO_GROWTH}; "
            "the targets may be orthogonal to the inputs, or the model has three or "
            "more layers."
        )
    return flow


def normalised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors and logarithms of norms of any size; zero vectors stay zero."""
    flat = values.reshape(len(values), -1)
    largest = np.abs(flat).max(axis=1, keepdims=True)
    scaled = flat / np.where(largest > 0, largest, 1.0)
    norm = np.linalg.norm(scaled, axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        log_norm = np.log(largest[:, 0]) + np.log(np.where(norm > 0, norm, 1.0))[:, 0]
    return (scaled / np.where(norm > 0, norm, 1.0)).reshape(values.shape), log_norm


def _from_factors(factors, moment):
    # d left/dt = G right^T and d right/dt = left^T G with G = s'(0) sum_i w_i y_i x_i:
    # one symmetric matrix acts on the columns of z = [left; right^T], one per neuron.
    u, s, vt = np.linalg.svd(factors.slope * moment, full_matrices=False)
    sign = np.sign(factors.slope * _main_entry(u[:, :, 0]))[:, None, None]
    u, v = sign * u, sign * vt.mT
    up, down = np.concatenate([u, v], axis=1), np.concatenate([u, -v], axis=1)
    outputs = factors.left.shape[1]
    return LinearFlow(
        z=np.concatenate([factors.left, factors.right.mT], axis=1),
        directions=np.concatenate([up, down], axis=2) / math.sqrt(2),
        rates=np.concatenate([s, -s], axis=1),
        rebuild=lambda z: factors.rebuild(z[:, :outputs], z[:, outputs:].mT),
    )


def _main_entry(vectors):
    return vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)]


def _from_hessian(models, data):
    params, rest = partition(models)
    theta = np.asarray(jax.vmap(lambda p: ravel_pytree(p)[0])(params))
    if theta.shape[1] > _DENSE:
        raise ValueError(
            f"the model has {theta.shape[1]} parameters and is no TwoLayer or "
            f"MatrixProduct; expected at most {_DENSE}, whose Hessian can be formed."
        )
    params_of_first = jax.tree.map(lambda leaf: leaf[0], params)
    gradient, hessian = _derivatives(
        params_of_first, rest, data.x, data.y, data.weights
    )
    rates, directions = np.linalg.eigh(-np.asarray(hessian))
    largest = np.abs(rates).max(axis=1)
    drift, smallest = np.abs(np.asarray(gradient)).max(axis=1), np.abs(theta).max(1)
    if (drift > 1e-6 * largest * smallest.min()).any():
        raise ValueError(
            f"the gradient at the origin has an entry of {drift.max():.2g}: the origin "
            "is not a critical point of the loss for this model (s(0) or an output "
            "bias is not 0)."
        )
    _, unravel = ravel_pytree(params_of_first)
    rates = np.where(np.abs(rates) > 1e-12 * largest[:, None], rates, 0.0)
    return LinearFlow(
        z=theta[:, :, None],
        directions=directions[:, :, ::-1],
        rates=rates[:, ::-1],
        rebuild=lambda z: eqx.combine(jax.vmap(unravel)(jnp.asarray(z[..., 0])), rest),
    )


@eqx.filter_jit
def _derivatives(params, rest, x, y, weights):
    theta, unravel = ravel_pytree(params)

    def loss(v, points, targets, mass):
        values = jax.vmap(eqx.combine(unravel(v), rest))(points)
        error = values.reshape(targets.shape) - targets
        return 0.5 * jnp.sum(mass[:, None] * error**2)

    def both(points, targets, mass):
        point = jnp.zeros_like(theta), points, targets, mass
        return jax.grad(loss)(*point), jax.hessian(loss)(*point)

    def each(leaf):
        return jnp.broadcast_to(leaf, (len(y), *leaf.shape[1:]))

    return jax.vmap(both)(jax.tree.map(each, x), y, weights)
