"""The loss `L = 1/2 sum r^2` with gradient and Hessian, for many points at once."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import ravel
from suffice.models import TwoLayer

from ._arrays import Network, read, write
from ._jet import jet
from ._signals import extended


class Derivatives(NamedTuple):
    """Loss `(runs,)`, gradient `(runs, p)` and Hessian `(runs, p, p)`."""

    loss: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray


class Objective(NamedTuple):
    """A loss in a parameter vector.

    Attributes:
        start: The parameter vector of the given model.
        evaluate: Function from parameter vectors `(runs, p)` to their derivatives.
        model: Function from a parameter vector, or a direction, to a model.
    """

    start: np.ndarray
    evaluate: Callable[[np.ndarray], Derivatives]
    model: Callable[[np.ndarray], Any]


def objective(point: Any, x: Any, y: np.ndarray) -> Objective:
    """The loss of a model on data; closed form for two-layer networks.

    Args:
        point: Any callable pytree.
        x: Inputs stacked along the leading axis.
        y: Targets `(n, outputs)`.
    """
    if isinstance(point, TwoLayer):
        return _two_layer(point, x, y)
    theta, unravel = ravel(point)
    start, evaluate = np.asarray(theta), _traced(unravel, x, y)
    return Objective(start, evaluate, lambda vector: unravel(jnp.asarray(vector)))


class TwoLayerLoss(NamedTuple):
    """The loss of two-layer networks, with parameters in the order of neurons.

    A neuron is `(a, v)` with `o` output weights and `D` weights that enter the
    activation; the output biases are last.
    """

    u: np.ndarray
    y: np.ndarray
    network: Network

    def pack(self, network: Network) -> np.ndarray:
        """The parameter vector of a network."""
        neurons = np.concatenate([network.weights[1].T, network.rows(0)], axis=1)
        c = network.biases[1]
        return neurons.ravel() if c is None else np.append(neurons.ravel(), c)

    def unpack(self, theta: np.ndarray) -> Network:
        """The network of a parameter vector."""
        o = self.y.shape[1]
        count = theta.size - (0 if self.network.biases[1] is None else o)
        neurons = theta[:count].reshape(-1, o + self.u.shape[1])
        c = None if self.network.biases[1] is None else theta[count:]
        network = self.network.with_rows(0, neurons[:, o:])
        biases = (network.biases[0], c)
        return network.with_outgoing(0, neurons[:, :o].T)._replace(biases=biases)

    def evaluate(self, theta: np.ndarray) -> Derivatives:
        """Loss, gradient and Hessian of each row of parameters.

        H = JᵀJ + diag(C₁ ... C_m),   C = [[0, G], [Gᵀ, B]]
        """
        runs, size, o = len(theta), self.u.shape[1], self.y.shape[1]
        a, v, c = self._arrays(theta)
        s, s1, s2 = jet(self.network.activation, self.u @ v.transpose(0, 2, 1))
        e = s @ a - self.y if c is None else s @ a + c[:, None] - self.y
        slopes = s1[..., None] * self.u[:, None, :]
        rows = self._rows(a, s, slopes)
        hessian = rows.transpose(0, 2, 1) @ rows
        mixed = np.einsum("rnc,rnkd->rkcd", e, slopes, optimize=True)
        pull = (e @ a.transpose(0, 2, 1)) * s2
        inner = np.einsum("rnk,nd,ne->rkde", pull, self.u, self.u, optimize=True)
        for k in range(a.shape[1]):
            start = k * (o + size)
            head, tail = slice(start, start + o), slice(start + o, start + o + size)
            hessian[:, head, tail] += mixed[:, k]
            hessian[:, tail, head] += mixed[:, k].transpose(0, 2, 1)
            hessian[:, tail, tail] += inner[:, k]
        gradient = (e.reshape(runs, 1, -1) @ rows)[:, 0]
        return Derivatives(0.5 * np.sum(e**2, axis=(1, 2)), gradient, hessian)

    def tangent(self, theta: np.ndarray) -> np.ndarray:
        """The Jacobian of the outputs at each row of parameters, `(runs, n o, p)`."""
        a, v, _ = self._arrays(theta)
        s, s1, _ = jet(self.network.activation, self.u @ v.transpose(0, 2, 1))
        return self._rows(a, s, s1[..., None] * self.u[:, None, :])

    def _arrays(self, theta):
        o = self.y.shape[1]
        biased = self.network.biases[1] is not None
        count = theta.shape[1] - o * biased
        neurons = theta[:, :count].reshape(len(theta), -1, o + self.u.shape[1])
        return neurons[..., :o], neurons[..., o:], theta[:, count:] if biased else None

    def _rows(self, a, s, slopes):
        runs, n, m, size = slopes.shape
        o = a.shape[2]
        jac = np.zeros((runs, n, o, m, o + size))
        for c in range(o):
            jac[:, :, c, :, c] = s
        jac[..., o:] = a.transpose(0, 2, 1)[:, None, :, :, None] * slopes[:, :, None]
        rows = jac.reshape(runs, n * o, m * (o + size))
        if self.network.biases[1] is None:
            return rows
        ones = np.broadcast_to(np.tile(np.eye(o), (n, 1)), (runs, n * o, o))
        return np.concatenate([rows, ones], axis=2)


def two_layer_loss(point: TwoLayer, x: np.ndarray, y: np.ndarray) -> TwoLayerLoss:
    """The loss of two-layer networks with the architecture of a point."""
    network = read(point)
    return TwoLayerLoss(extended(x, network.biases[0]), y, network)


def _two_layer(point: TwoLayer, x, y) -> Objective:
    loss = two_layer_loss(point, x, y)
    return Objective(
        loss.pack(loss.network),
        loss.evaluate,
        lambda theta: write(loss.unpack(np.asarray(theta)), point),
    )


def _traced(unravel, x, y):
    """Derivatives by JAX, for one point after the other, since Hessians are large."""

    def evaluate(theta):
        parts = [_derivatives(unravel(jnp.asarray(row)), x, y) for row in theta]
        return Derivatives(*(np.stack(list(p)) for p in zip(*parts, strict=True)))

    return evaluate


@eqx.filter_jit
def _derivatives(model, x, y):
    theta, unravel = ravel(model)

    def loss(vector):
        return half_squares(unravel(vector), x, y)

    return loss(theta), jax.grad(loss)(theta), jax.hessian(loss)(theta)


def half_squares(model: Any, x: Any, y: Any) -> jax.Array:
    """`L = 1/2 sum r^2` of a model, traceable."""
    values = jax.vmap(model)(x).reshape(y.shape)
    return 0.5 * jnp.sum((values - y) ** 2)
