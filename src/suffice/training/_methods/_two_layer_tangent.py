"""Products with the derivative of a two-layer network, without forming its matrix."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from suffice.models import TwoLayer


class TwoLayerTangent(eqx.Module):
    """The derivative of `f(xᵢ) = A s(W xᵢ + b) + c` by `(W, A, b, c)`.

    With `S = s(Z)`, `D = s'(Z)` and `Z = X Wᵀ + 1 bᵀ`:

        J v  = S v_Aᵀ + (D ∘ (X v_Wᵀ + 1 v_bᵀ)) Aᵀ + 1 v_cᵀ
        Jᵀ u = (Eᵀ X, uᵀ S, Eᵀ 1, uᵀ 1)   with   E = (u A) ∘ D
        K    = S Sᵀ + 1 1ᵀ + (X Xᵀ + 1 1ᵀ) ∘ (D A Aᵀ Dᵀ)   for one output
    """

    model: TwoLayer
    x: Float[Array, "samples dim"]
    hidden: Float[Array, "samples width"]
    slope: Float[Array, "samples width"]
    values: Float[Array, "samples outputs"]

    @classmethod
    def at(cls, model: TwoLayer, x: Float[Array, "samples dim"]) -> "TwoLayerTangent":
        """Linearise a network at all inputs."""
        z = x @ model.w.T if model.b is None else x @ model.w.T + model.b[None]
        hidden, slope = jax.jvp(model.activation, (z,), (jnp.ones_like(z),))
        values = hidden @ _head(model.a).T
        if model.c is not None:
            values = values + model.c.reshape(1, -1)
        return cls(model, x, hidden, slope, values)

    def push(self, v: Float[Array, " p"]) -> Float[Array, "samples outputs"]:
        """The product `J v`."""
        move = self._unravel(v)
        z = self.x @ move.w.T if move.b is None else self.x @ move.w.T + move.b[None]
        out = self.hidden @ _head(move.a).T + (self.slope * z) @ _head(self.model.a).T
        return out if move.c is None else out + move.c.reshape(1, -1)

    def pull(self, u: Float[Array, "samples outputs"]) -> Float[Array, " p"]:
        """The product `Jᵀ u`."""
        e = (u @ _head(self.model.a)) * self.slope
        parts = [e.T @ self.x, u.T @ self.hidden]
        if self.model.b is not None:
            parts.append(e.sum(axis=0))
        if self.model.c is not None:
            parts.append(u.sum(axis=0))
        return jnp.concatenate([part.ravel() for part in parts])

    def gram(self) -> Float[Array, "n n"]:
        """The kernel `K = J Jᵀ`, with rows ordered by sample, then by output."""
        outer = self.hidden @ self.hidden.T
        outer = outer if self.model.c is None else outer + 1.0
        inner = self.x @ self.x.T
        inner = inner if self.model.b is None else inner + 1.0
        if self.values.shape[1] == 1:
            e = self.slope * _head(self.model.a)
            return outer + inner * (e @ e.T)
        samples, outputs = self.values.shape
        e = self.slope[:, None] * _head(self.model.a)[None]  # (samples, outputs, width)
        e = e.reshape(samples * outputs, -1)
        mixed = (e @ e.T).reshape(samples, outputs, samples, outputs)
        diagonal = jnp.eye(outputs)[None, :, None, :] * outer[:, None, :, None]
        gram = diagonal + inner[:, None, :, None] * mixed
        return gram.reshape(samples * outputs, samples * outputs)

    def matrix(self) -> Float[Array, "samples outputs p"]:
        """The matrix `J`, for few samples or few parameters."""
        samples, outputs = self.values.shape
        e = self.slope[:, None] * _head(self.model.a)[None]  # (samples, outputs, width)
        unit = jnp.eye(outputs)[None, :, :, None]  # an output has one row of A and c
        hidden = self.hidden[:, None, None]
        parts = [e[..., None] * self.x[:, None, None], unit * hidden]
        if self.model.b is not None:
            parts.append(e)
        if self.model.c is not None:
            parts.append(jnp.broadcast_to(unit, (samples, outputs, outputs, 1)))
        rows = [part.reshape(samples, outputs, -1) for part in parts]
        return jnp.concatenate(rows, axis=-1)

    def _unravel(self, v):
        leaves, structure = jax.tree.flatten(self.model)
        parts, start = [], 0
        for leaf in leaves:
            parts.append(v[start : start + leaf.size].reshape(leaf.shape))
            start += leaf.size
        return jax.tree.unflatten(structure, parts)


def _head(a):
    return jnp.atleast_2d(a)
