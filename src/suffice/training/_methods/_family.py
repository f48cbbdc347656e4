"""Architectures as functions of a parameter vector, with products of derivatives."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from suffice._core import partition
from suffice.models import TwoLayer

from ._two_layer_tangent import TwoLayerTangent


class Layout(eqx.Module):
    """The positions of a model's parameters in a vector; equal layouts compile once."""

    structure: Any = eqx.field(static=True)
    shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    @classmethod
    def of(cls, params: Any) -> "Layout":
        """The layout of one member's parameters."""
        leaves, structure = jax.tree.flatten(params)
        return cls(structure, tuple(leaf.shape for leaf in leaves))

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    def unravel(self, theta: Float[Array, "*runs p"]) -> Any:
        """The parameters from one vector or from many."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        parts = jnp.split(theta, ends, axis=-1)
        leaves = [
            part.reshape(*theta.shape[:-1], *shape)
            for part, shape in zip(parts, self.shapes, strict=True)
        ]
        return jax.tree.unflatten(self.structure, leaves)


class MatrixTangent(eqx.Module):
    """Outputs and the explicit matrix of their derivatives."""

    values: Float[Array, "samples outputs"]
    rows: Float[Array, "samples outputs p"]

    def push(self, v):
        """`J v`, as `(samples, outputs)`."""
        return self.rows @ v

    def pull(self, c):
        """`Jᵀ c`."""
        return jnp.tensordot(c, self.rows, 2)

    def gram(self):
        """`J Jᵀ`."""
        flat = self.rows.reshape(self.values.size, -1)
        return flat @ flat.T

    def matrix(self):
        """`J`, as `(samples, outputs, p)`."""
        return self.rows


class Family(eqx.Module):
    """All models of one architecture, as functions of their parameter vector.

    Two-layer networks have products in closed form. For any other callable pytree the
    matrix of derivatives is formed, with one backward pass per output for all samples.
    """

    layout: Layout
    rest: Any
    closed_form: bool = eqx.field(static=True)

    @classmethod
    def of(cls, model: Any) -> "Family":
        """The family of one member."""
        params, rest = partition(model)
        return cls(Layout.of(params), rest, type(model) is TwoLayer)

    def model(self, theta: Float[Array, "*runs p"]) -> Any:
        """The model at one parameter vector, or the ensemble at many."""
        return eqx.combine(self.layout.unravel(theta), self.rest)

    def values(self, theta: Float[Array, " p"], x: Any) -> Float[Array, "n outputs"]:
        """Outputs at all inputs."""
        values = jax.vmap(self.model(theta))(x)
        return values.reshape(len(values), -1)

    def vjp(self, theta: Float[Array, " p"], x: Any):
        """Outputs at all inputs and the map `c -> Jᵀ c`."""
        if self.closed_form:
            tangent = self.linearise(theta, x)
            return tangent.values, tangent.pull
        values, pull = jax.vjp(lambda vector: self.values(vector, x), theta)
        return values, lambda c: pull(c)[0]

    def linearise(self, theta: Float[Array, " p"], x: Any) -> Any:
        """The linearisation at a point: outputs, `push`, `pull`, `gram`, `matrix`."""
        if self.closed_form:
            return TwoLayerTangent.at(self.model(theta), x)

        def output(vector, point):
            value = jnp.ravel(self.model(vector)(point))
            return value, value

        def rows(point):
            return jax.jacrev(output, has_aux=True)(theta, point)

        jac, values = jax.vmap(rows)(x)
        return MatrixTangent(values, jac)
