"""A single softmax attention layer."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact, Key

from ._domain import RealSpace


class Attention(eqx.Module):
    r"""One layer of softmax attention on sequences of `length` tokens in R^d.

        f(X) = Σ_h softmax(X Q_h K_hᵀ Xᵀ) X V_h O_h

    with the softmax over the last axis. The scores have no factor `dk ** -0.5`, which
    is part of `Q`. The function depends only on the products `Q_h K_h^T` and `V_h O_h`,
    so a generic head has `2 D (dk + dv) - dk^2 - dv^2` tangent directions. Prefer
    `Transformer` for a language model with causal attention.

    Attributes:
        q: Query weights, `(heads, D, dk)` with `D` the token dimension.
        k: Key weights, `(heads, D, dk)`.
        v: Value weights, `(heads, D, dv)`.
        o: Output weights, `(heads, dv, D)`.
        length: Number of tokens `T` of an input.

    Examples:
        >>> sizes = {"heads": 1, "token_dim": 3, "key_dim": 2, "value_dim": 2}
        >>> layer = sf.Attention.normal(**sizes, length=4, key=jax.random.key(0))
        >>> layer(jnp.ones((4, 3))).shape
        (4, 3)
    """

    q: Float[Array, "heads D dk"]
    k: Float[Array, "heads D dk"]
    v: Float[Array, "heads D dv"]
    o: Float[Array, "heads dv D"]
    length: int = eqx.field(static=True)

    def __check_init__(self):
        heads, dim, dk = self.q.shape
        dv = self.v.shape[-1]
        expected = [(heads, dim, dk), (heads, dim, dv), (heads, dv, dim)]
        shapes = [self.k.shape, self.v.shape, self.o.shape]
        if shapes != expected:
            raise ValueError(
                f"q has shape {self.q.shape} and k, v, o have shapes {shapes}; "
                f"expected {expected} for the latter."
            )
        if self.length < 1:
            raise ValueError(f"length is {self.length}; expected at least 1 token.")

    @classmethod
    def normal(
        cls,
        token_dim: int,
        length: int,
        scale: float = 1.0,
        *,
        key: Key[Array, ""],
        heads: int = 1,
        key_dim: int | None = None,
        value_dim: int | None = None,
    ) -> "Attention":
        """Draw every parameter from `N(0, scale^2)`.

        Args:
            token_dim: Dimension `D` of a token.
            length: Number of tokens `T` of an input.
            scale: Standard deviation of every parameter.
            key: Random key.
            heads: Number of heads.
            key_dim: Dimension `dk` of queries and keys; None takes
                `token_dim // heads`.
            value_dim: Dimension `dv` of values; None takes `token_dim // heads`.
        """
        dk = max(1, token_dim // heads) if key_dim is None else key_dim
        dv = max(1, token_dim // heads) if value_dim is None else value_dim
        tall, flat = (heads, token_dim), (heads, dv, token_dim)
        kq, kk, kv, ko = jax.random.split(key, 4)
        return cls(
            q=scale * jax.random.normal(kq, (*tall, dk)),
            k=scale * jax.random.normal(kk, (*tall, dk)),
            v=scale * jax.random.normal(kv, (*tall, dv)),
            o=scale * jax.random.normal(ko, flat),
            length=length,
        )

    @property
    def heads(self) -> int:
        """Number of heads."""
        return self.q.shape[0]

    @property
    def shape(self) -> tuple[int, int]:
        """Shape `(length, D)` of one input and of its output."""
        return self.length, self.q.shape[1]

    @property
    def inputs(self) -> int:
        """Number of coordinates of an input."""
        return self.length * self.q.shape[1]

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return self.inputs

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.shape)

    def __call__(self, x: Inexact[Array, "length D"]) -> Inexact[Array, "length D"]:
        """Evaluate at one sequence; use `jax.vmap` for many."""
        queries = jnp.einsum("td,hdk->htk", x, self.q)
        keys = jnp.einsum("td,hdk->htk", x, self.k)
        values = jnp.einsum("td,hdv->htv", x, self.v)
        scores = jnp.einsum("htk,hsk->hts", queries, keys)
        mixed = jnp.einsum("hts,hsv->htv", jax.nn.softmax(scores, axis=-1), values)
        return jnp.einsum("htv,hvd->td", mixed, self.o)
