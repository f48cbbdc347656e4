"""The least-squares problem of one member, in its parameter vector.

The loss of training is, everywhere in this chapter,

    L(θ) = 1/2 Σᵢ wᵢ |f(xᵢ; θ) - yᵢ|²,   r = √w (f - y),   gradient = Jᵀ r

a sum and not a mean: a mean only divides flow time (and learning rates) by a constant.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._family import Family

_FIRST = 0.01  # movement of the first step relative to the parameters


class Tangent(eqx.Module):
    """The residual `r` at a point, and products with its derivative `J`."""

    residual: Float[Array, " n"]
    _root: Float[Array, "samples 1"]
    _outputs: Any

    def push(self, v: Float[Array, " p"]) -> Float[Array, " n"]:
        """The product `J v`."""
        return (self._root * self._outputs.push(v)).ravel()

    def pull(self, c: Float[Array, " n"]) -> Float[Array, " p"]:
        """The product `Jᵀ c`."""
        return self._outputs.pull(self._root * c.reshape(len(self._root), -1))

    def gram(self) -> Float[Array, "n n"]:
        """The matrix `K = J Jᵀ`."""
        root = jnp.broadcast_to(self._root, self._outputs.values.shape).ravel()
        return root[:, None] * self._outputs.gram() * root[None]

    def matrix(self) -> Float[Array, "n p"]:
        """The matrix `J` itself, one row per residual."""
        return (self._root[..., None] * self._outputs.matrix()).reshape(
            self.residual.size, -1
        )


class Problem(eqx.Module):
    """The data of one member; the driver maps over the slots of a tile.

    Attributes:
        family: The architecture: outputs and their derivatives at a parameter vector.
        x: Inputs stacked along the leading axis.
        y: Targets `(samples, outputs)`.
        root: Square roots of the weights, `(samples, 1)`.
        stops: Increasing flow times at which the trajectory is recorded; may be empty.
    """

    family: Family
    x: Any
    y: Float[Array, "samples outputs"]
    root: Float[Array, "samples 1"]
    stops: Float[Array, " stops"]

    def outputs(self, theta: Float[Array, " p"]) -> Float[Array, " n"]:
        """The weighted outputs `√w f`, `n = samples * outputs` numbers."""
        return (self.root * self.family.values(theta, self.x)).ravel()

    def residual(self, theta: Float[Array, " p"]) -> Float[Array, " n"]:
        """The weighted residual `r`, `n = samples * outputs` numbers."""
        return (self.root * (self.family.values(theta, self.x) - self.y)).ravel()

    def loss(self, theta: Float[Array, " p"]) -> Float[Array, ""]:
        """Half the squared norm of the residual."""
        return 0.5 * jnp.sum(self.residual(theta) ** 2)

    def gradient(
        self, theta: Float[Array, " p"]
    ) -> tuple[Float[Array, ""], Float[Array, " p"]]:
        """The loss and its gradient `Jᵀ r`."""
        values, pull = self.family.vjp(theta, self.x)
        weighted = self.root * (values - self.y)
        return 0.5 * jnp.sum(weighted**2), pull(self.root * weighted)

    def first_step(
        self, theta: Float[Array, " p"], gradient: Float[Array, " p"]
    ) -> Float[Array, ""]:
        """The flow time in which the parameters move by a hundredth of their norm.

        At the origin it is a hundredth of the time in which the linearised loss would
        fall to its minimum along the gradient.
        """
        size, slope = jnp.linalg.norm(theta), jnp.linalg.norm(gradient)
        along = jnp.linalg.norm(jax.jvp(self.residual, (theta,), (gradient,))[1])
        # at the lowest loss; |J g| is positive, as is its product with r, |g|^2
        lowest = slope * (slope / jnp.where(along > 0, along, 1.0)) ** 2
        size = jnp.where(size > 0, size, lowest)
        return _FIRST * size / jnp.where(slope > 0, slope, 1.0)

    def tangent(self, theta: Float[Array, " p"]) -> Tangent:
        """Residual, `J v`, `Jᵀ c` and `K` at one point."""
        outputs = self.family.linearise(theta, self.x)
        residual = (self.root * (outputs.values - self.y)).ravel()
        return Tangent(residual, self.root, outputs)

    def target_norm(self) -> Float[Array, ""]:
        """The norm `|√w y|`, relative to which residuals are rounding errors."""
        return jnp.sqrt(jnp.sum((self.root * self.y) ** 2))

    def unit(self, loss: Float[Array, ""]) -> Float[Array, ""]:
        """The loss of the zero function; where that is 0, the loss at the start.

        Tolerances are relative to it, so that they do not depend on units of targets.
        """
        zero = 0.5 * self.target_norm() ** 2
        return jnp.where(zero > 0, zero, loss)
