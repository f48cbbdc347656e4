"""The interface through which the analyses read a transformer."""

import functools
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from suffice._core import Model
from suffice.models import Transformer


class Head(NamedTuple):
    """The weights of one head, in the row convention `x W`.

    Attributes:
        q: Query weights `(D, dk)`, times the gains of a normalisation before them.
        k: Key weights `(D, dk)`, times the same gains.
        v: Value weights `(D, dv)`, times the same gains.
        o: Output weights `(dv, D)`.
        scores: A further bilinear form `(D, D)` in the scores, or None.
        outputs: A further map `(D, D)` of the attended rows, or None.
        passed: Gains `(D,)` of normalisations in lower layers, or None. They apply to
            what is written below these layers only, and are not part of the weights.
    """

    q: Float[Array, "D dk"]
    k: Float[Array, "D dk"]
    v: Float[Array, "D dv"]
    o: Float[Array, "dv D"]
    scores: Float[Array, "D D"] | None = None
    outputs: Float[Array, "D D"] | None = None
    passed: Float[Array, " D"] | None = None

    @property
    def qk(self) -> Float[Array, "D D"]:
        """The bilinear form of the scores, `W_Q W_Kᵀ / √dk`."""
        form = self.q @ self.k.T
        form = form if self.scores is None else form + self.scores
        return form * self.q.shape[-1] ** -0.5

    @property
    def vo(self) -> Float[Array, "D D"]:
        """The map `W_V W_O` from an attended row to the row added to the stream."""
        out = self.v @ self.o
        return out if self.outputs is None else out + self.outputs


class Activations(NamedTuple):
    """Activations of a transformer on a batch of sequences.

    Attributes:
        logits: Logits at the last position, `(batch, vocab)`.
        pattern: Attention from row to column, `(layers, batch, heads, S, S)`.
        value: Values, `(layers, batch, heads, S, dv)`.
        mid: The residual stream after attention, `(layers, batch, S, D)`.
    """

    logits: Float[Array, "batch vocab"]
    pattern: Float[Array, "layers batch heads S S"]
    value: Float[Array, "layers batch heads S dv"]
    mid: Float[Array, "layers batch S D"]


@runtime_checkable
class View(Protocol):
    """The interface of a transformer that the analyses use.

    `as_view` turns a `Transformer` into a view. For your own class, either implement
    these attributes and methods, or register a function with `as_view.register`. For an
    `equinox.Module` the method `run` is compiled and must be written in JAX; for other
    classes it is called without compilation.
    """

    @property
    def layers(self) -> int:
        """Number of layers."""
        ...

    @property
    def heads(self) -> int:
        """Number of heads of each layer."""
        ...

    @property
    def embed(self) -> Float[Array, "vocab D"]:
        """Embeddings of the tokens, one row per token."""
        ...

    @property
    def positions(self) -> Float[Array, "length D"]:
        """Embeddings of the positions, one row per position."""
        ...

    def normalised(self, layer: int) -> bool:
        """Return whether the attention of a layer reads normalised rows."""
        ...

    def head(self, layer: int, head: int) -> Head:
        """Return the weights of a head."""
        ...

    def run(
        self,
        tokens: Int[Array, "batch S"],
        cut: Bool[Array, "layers batch S S"] | None = None,
    ) -> Activations:
        """Run sequences, without the edges of attention from row to column in `cut`."""
        ...


TransformerLike = Model | View
"""A `Transformer`, any callable from one sequence to its logits, or a `View`."""


@functools.singledispatch
def as_view(model: object) -> View:
    """Return the view of a transformer that the analyses use.

    Args:
        model: A `Transformer`, a `View`, or an instance of a class for which you have
            registered a function with `as_view.register`.

    Raises:
        ValueError: The model is of another kind.

    Examples:
        >>> model = sf.Transformer.normal(7, 5, 1, 8, key=jax.random.key(0))
        >>> sf.reasoning.as_view(model).layers
        1
    """
    if isinstance(model, View):
        return model
    raise ValueError(
        f"model is a {type(model).__name__}; expected a suffice.models.Transformer, or "
        "an object with layers, heads, embed, positions, normalised, head and run "
        "(suffice.reasoning.View). For checkpoints of PyTorch see "
        "suffice.models.from_gpt2 and from_transformer_lens."
    )


def require_known(view: View, tokens: Int[Array, "batch S"]) -> None:
    """Refuse sequences with tokens or positions that a model does not know.

    JAX would read another row of the embedding, or fail far from here. Tokens that are
    traced have no values yet; of them only the positions are compared.
    """
    traced, length = isinstance(tokens, Tracer), tokens.shape[1]
    high = 0 if traced else int(jnp.max(tokens))
    held = len(view.embed), len(view.positions)
    if high >= held[0] or length > held[1]:
        raise ValueError(
            f"model knows {held[0]} tokens and {held[1]} positions; the batch has "
            f"the token {high} and {length} positions: give a batch of the task on "
            "which the model was trained."
        )


def run(
    model: TransformerLike,
    tokens: Int[Array, "batch S"],
    cut: Bool[Array, "layers batch S S"] | None = None,
) -> Activations:
    """Run sequences through the view of a model, compiled for an `equinox.Module`."""
    function = _run_compiled if isinstance(model, eqx.Module) else _run_view
    return function(model, tokens, cut)


def _run_view(model, tokens, cut):
    return as_view(model).run(tokens, cut)


_run_compiled = eqx.filter_jit(_run_view)


def over(model: TransformerLike, function: Callable[[Any], Array], xs: Any) -> Array:
    """Evaluate a function of a model at each row of some arrays, one by one.

    For an `equinox.Module` this is one compiled program.
    """
    if isinstance(model, eqx.Module):
        return jax.lax.map(function, xs)
    rows = range(len(jax.tree.leaves(xs)[0]))
    return jnp.stack([function(jax.tree.map(itemgetter(i), xs)) for i in rows])


class TransformerView(eqx.Module):
    """The view of a `Transformer`.

    The gains of normalisations between a layer and the layer below are part of its
    weights; those of lower layers are in `passed`. The shifts of normalisations, and
    the means and standard deviations of the rows, are left out.
    """

    model: Transformer

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.model.layers

    @property
    def heads(self) -> int:
        """Number of heads of each layer."""
        return self.model.heads

    @property
    def embed(self) -> Float[Array, "vocab D"]:
        """Embeddings of the tokens, one row per token."""
        return self.model.embed

    @property
    def positions(self) -> Float[Array, "length D"]:
        """Embeddings of the positions, one row per position."""
        return self.model.positions

    def normalised(self, layer: int) -> bool:
        """Return whether the attention of a layer reads normalised rows."""
        return {"pre": True, "post": layer > 0, "none": False}[self.model.norm]

    def head(self, layer: int, head: int) -> Head:
        """Return the weights of a head, with gains and orthogonal noise."""
        part, gain = self.model.blocks[layer].attention, self._gain(layer)
        q, k, v = (gain[:, None] * w[head] for w in (part.q, part.k, part.v))
        passed = self._passed(layer - 1)
        noise, width = self.model.noise, self.model.width
        if noise is None:
            return Head(q, k, v, part.o[head], passed=passed)
        alpha, beta = noise.scores(layer, width), noise.outputs(layer, width)
        scores = alpha and gain[:, None] * _of(alpha, head) * gain[None]
        outputs = gain[:, None] * _of(beta, head)
        return Head(q, k, v, part.o[head], scores, outputs, passed)

    def run(
        self,
        tokens: Int[Array, "batch S"],
        cut: Bool[Array, "layers batch S S"] | None = None,
    ) -> Activations:
        """Run sequences, without the edges of attention from row to column in `cut`."""
        if cut is None:
            cut = jnp.zeros((self.layers, *tokens.shape, tokens.shape[-1]), bool)
        return _run(self.model, tokens, cut)

    def _gain(self, layer):
        """Return the gain of the normalisations between a layer and the one below."""
        blocks = self.model.blocks
        if self.model.norm == "pre":
            gain = blocks[layer].norms[0].gain
            return jnp.ones(self.model.width) if gain is None else gain
        return self._product(blocks[max(layer - 1, 0) : layer])

    def _passed(self, layer):
        """Return the gain of all normalisations of the stream below a layer."""
        return self._product(self.model.blocks[: max(layer, 0)])

    def _product(self, blocks):
        post = blocks if self.model.norm == "post" else ()
        norms = [norm for block in post for norm in block.norms]
        gains = [norm.gain for norm in norms if norm.gain is not None]
        return functools.reduce(jnp.multiply, gains, jnp.ones(self.model.width))


@as_view.register
def _(model: Transformer):
    return TransformerView(model)


@eqx.filter_jit
def _run(model, tokens, cut):
    layers = range(model.layers)
    scores = {f"blocks.{layer}.attn.scores": layer for layer in layers}

    def one(tokens, cut):
        def visit(name, value):
            if name not in scores:
                return value
            return jnp.where(cut[scores[name]][None], -jnp.inf, value)

        values_by_name = model.intermediates(tokens, visit=visit)
        pattern, value, mid = (
            jnp.stack([values_by_name[f"blocks.{layer}.{name}"] for layer in layers])
            for name in ("attn.pattern", "attn.v", "resid_mid")
        )
        return values_by_name["logits"][-1], pattern, value, mid

    return Activations(*jax.vmap(one, (0, 1), (0, 1, 1, 1))(tokens, cut))


def _of(term, head):
    strength, matrix = term
    return strength[min(head, len(strength) - 1)] * matrix
