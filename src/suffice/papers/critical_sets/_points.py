"""Data for which a given network is critical, and the residual function of a neuron."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import null_space

from suffice._core import evaluate
from suffice.models import Activation, TwoLayer
from suffice.tangent import jacobian


def critical_data(model: Any, x: np.ndarray, rng, size: float = 1.0) -> np.ndarray:
    """Targets `(n, outputs)` for which a model is critical, with a residual of a size.

    A residual `e` with `Jᵀ e = 0` makes a parameter critical; `y = f - e` has it.
    """
    normal = null_space(jacobian(model, x).T)
    e = normal @ rng.standard_normal(normal.shape[1])
    f = evaluate(model, x)
    return f - size * e.reshape(f.shape) / np.linalg.norm(e)


def drawn(
    width: int, inputs: int, rng, name: str | Activation = "tanh", outputs: int = 0
) -> TwoLayer:
    """A network whose output weights are not small."""
    head = (outputs,) if outputs else ()
    a = rng.uniform(0.6, 1.4, (*head, width)) * rng.choice([-1, 1], (*head, width))
    w = 1.5 * rng.standard_normal((width, inputs))
    return TwoLayer(jnp.asarray(w), jnp.asarray(a), activation=name)


class Residual(NamedTuple):
    r"""The residual function of a critical point, `φ(w) = Σ e s(w·x)`."""

    activation: Activation
    x: np.ndarray
    e: np.ndarray

    @classmethod
    def of(cls, model: TwoLayer, x: np.ndarray, y: np.ndarray) -> "Residual":
        """The residual function of a network on its samples."""
        return cls(model.activation, x, evaluate(model, x)[:, 0] - np.ravel(y))

    def at(self, a: np.ndarray, w: np.ndarray) -> "Residual":
        """Adds the outputs of further neurons to the residual."""
        return self._replace(e=self.e + a @ self._derivative(w, 0))

    def value(self, w: np.ndarray) -> np.ndarray:
        """`phi` at weight vectors `(..., D)`."""
        return self._derivative(w, 0) @ self.e

    def slope(self, w: np.ndarray) -> np.ndarray:
        """The gradient of `phi`, `(..., D)`."""
        return (self._derivative(w, 1) * self.e) @ self.x

    def bend(self, w: np.ndarray) -> np.ndarray:
        """The Hessian of `phi`, `(..., D, D)`: the inner one for output weight 1."""
        weights = self._derivative(w, 2) * self.e
        return np.einsum("...n,nd,ne->...de", weights, self.x, self.x)

    def _derivative(self, w, order: int) -> np.ndarray:
        return np.asarray(_derivative(self.activation, order, w @ self.x.T))


@functools.partial(jax.jit, static_argnums=(0, 1))
def _derivative(activation: Activation, order: int, z):
    function = activation.function
    for _ in range(order):
        function = _slope(function)
    return function(z)


def _slope(function):
    return lambda z: jax.jvp(function, (z,), (jnp.ones_like(z),))[1]
