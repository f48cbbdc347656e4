"""One layer of a decoder: causal attention, a perceptron and normalisation."""

from collections.abc import Callable
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._activation import Activation
from ._activations import activation as as_activation
from ._transformer_noise import OrthogonalNoise

Place = Literal["post", "pre", "none"]
Visit = Callable[[str, Array], Array]


def pass_on(name: str, value: Array) -> Array:
    """Return the value unchanged."""
    del name
    return value


class LayerNorm(eqx.Module):
    """Layer normalisation: rows of mean 0 and variance 1, then a gain and a shift.

    Attributes:
        gain: The factor of each coordinate, or None for 1.
        shift: What is added to each coordinate, or None for 0.
        epsilon: What is added to the variance before the division.
    """

    gain: Float[Array, " D"] | None
    shift: Float[Array, " D"] | None
    epsilon: float = eqx.field(static=True, default=1e-5)

    @classmethod
    def identity(cls, width: int) -> "LayerNorm":
        """Gain one and shift zero."""
        return cls(jnp.ones(width), jnp.zeros(width))

    def __call__(self, x: Float[Array, "T D"]) -> Float[Array, "T D"]:
        """Normalise each row."""
        mean = jnp.mean(x, axis=-1, keepdims=True)
        var = jnp.var(x, axis=-1, keepdims=True)
        x = (x - mean) * jax.lax.rsqrt(var + self.epsilon)
        x = x if self.gain is None else x * self.gain[None]
        return x if self.shift is None else x + self.shift[None]


class CausalAttention(eqx.Module):
    """Causal attention with several heads, and optional biases."""

    q: Float[Array, "heads D dk"]
    k: Float[Array, "heads D dk"]
    v: Float[Array, "heads D dv"]
    o: Float[Array, "heads dv D"]
    q_bias: Float[Array, "heads dk"] | None = None
    k_bias: Float[Array, "heads dk"] | None = None
    v_bias: Float[Array, "heads dv"] | None = None
    o_bias: Float[Array, " D"] | None = None

    def __call__(
        self,
        x: Float[Array, "S D"],
        noise: tuple[OrthogonalNoise, int] | None,
        visit: Visit,
        last: bool,
    ) -> Float[Array, "T D"]:
        """The output of attention, at every position or only at the last one."""
        asking = x[-1:] if last else x
        q = visit("attn.q", _project(asking, self.q, self.q_bias))
        k = visit("attn.k", _project(x, self.k, self.k_bias))
        v = visit("attn.v", _project(x, self.v, self.v_bias))
        scores = jnp.einsum("htk,hsk->hts", q, k)
        extra = noise and noise[0].scores(noise[1], x.shape[-1])
        if extra:
            alpha, z = (part.astype(x.dtype) for part in extra)
            scores = scores + alpha[:, None, None] * (asking @ z @ x.T)[None]
        scores = _causal(scores * self.q.shape[-1] ** -0.5)
        pattern = jax.nn.softmax(visit("attn.scores", scores), axis=-1)
        pattern = visit("attn.pattern", pattern)
        mixed = visit("attn.z", jnp.einsum("hts,hsv->htv", pattern, v))
        out = jnp.einsum("htv,hvd->td", mixed, self.o)
        if noise:
            beta, z = noise[0].outputs(noise[1], x.shape[-1])
            weights = jnp.sum(beta.astype(x.dtype)[:, None, None] * pattern, axis=0)
            out = out + weights @ (x @ z.astype(x.dtype))
        return out if self.o_bias is None else out + self.o_bias[None]


class Perceptron(eqx.Module):
    """A network of one hidden layer that is applied to each position separately."""

    up: Float[Array, "D hidden"]
    down: Float[Array, "hidden D"]
    up_bias: Float[Array, " hidden"] | None = None
    down_bias: Float[Array, " D"] | None = None
    activation: Activation = eqx.field(
        static=True, default="relu", converter=as_activation
    )

    def __call__(self, x: Float[Array, "T D"], visit: Visit) -> Float[Array, "T D"]:
        """The output of the perceptron."""
        pre = x @ self.up
        pre = pre if self.up_bias is None else pre + self.up_bias[None]
        post = visit("mlp.post", self.activation(visit("mlp.pre", pre)))
        out = post @ self.down
        return out if self.down_bias is None else out + self.down_bias[None]


class Block(eqx.Module):
    """A layer of a decoder.

    It is normalised after each addition (`post`), before attention and perceptron
    (`pre`), or not at all (`none`).
    """

    attention: CausalAttention
    perceptron: Perceptron | None
    norms: tuple[LayerNorm, ...] | None
    place: str = eqx.field(static=True)

    def __call__(
        self,
        x: Float[Array, "S D"],
        noise: tuple[OrthogonalNoise, int] | None = None,
        visit: Visit = pass_on,
        last: bool = False,
    ) -> Float[Array, "T D"]:
        """The residual stream after the layer, at all positions or the last."""
        x = visit("resid_pre", x)
        added = self.attention(visit("attn_in", self._read(0, x)), noise, visit, last)
        x = x[-1:] if last else x
        x = visit("resid_mid", self._write(0, x + visit("attn_out", added)))
        if self.perceptron is not None:
            added = self.perceptron(visit("mlp_in", self._read(1, x)), visit)
            x = self._write(1, x + visit("mlp_out", added))
        return visit("resid_post", x)

    def _read(self, which, x):
        return self.norms[which](x) if self.norms and self.place == "pre" else x

    def _write(self, which, x):
        return self.norms[which](x) if self.norms and self.place == "post" else x


def _project(x, matrix, bias):
    y = jnp.einsum("td,hdk->htk", x, matrix)
    return y if bias is None else y + bias[:, None]


def _causal(scores):
    asking, asked = scores.shape[-2:]
    visible = jnp.arange(asked)[None] <= jnp.arange(asked - asking, asked)[:, None]
    return jnp.where(visible[None], scores, -jnp.inf)
