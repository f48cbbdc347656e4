"""The dependence of the answer on heads, attention and perceptrons, by ablation."""

from collections.abc import Sequence
from typing import Any, get_args, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int, Key

from suffice.models import Transformer
from suffice.reasoning._tasks._batch import Batch

from ._ablation import Ablation, By, Effects, head_name
from ._view import as_view, require_known, TransformerLike, TransformerView

_ELEMENTS = 2**24  # of the arrays that are held for some sequences at a time


class _Written(NamedTuple):
    """What the parts of a transformer write to the residual stream."""

    heads: Float[Array, "layers heads S D"]
    attention: Float[Array, "layers S D"]
    perceptron: Float[Array, "layers S D"]


def ablate(
    model: TransformerLike,
    batch: Batch,
    *,
    by: By = "mean",
    parts: Sequence[str] | None = None,
    against: Int[Array, " size"] | None = None,
    seed: int = 0,
) -> Ablation:
    """Return the change of loss, accuracy and logit difference without single parts.

    What a part writes to the residual stream is replaced at every position, and the
    rest of the transformer is computed again. A head is named `layer 0, head 1`; all
    heads of a layer with their bias are `layer 0, attention`, and `layer 0, perceptron`
    is the other half of the layer.

    Prefer it to `knock_out` for any task and for several heads: it says which parts are
    needed, not what they read. A part whose work another one takes over shows no
    effect.

    Args:
        model: A `Transformer`.
        batch: At least two sequences with their labels, of any task.
        by: What the output is replaced by: `zero`; its `mean` over the sequences,
            position by position, so that only what varies with the sequence counts; or
            its value in another random sequence of the batch (`resample`), which keeps
            the distribution of the output.
        parts: Names of the parts; None takes all.
        against: The other answer of the logit difference for each sequence, such as
            `batch.meta["symmetric"]`; None takes the most likely answer of the whole
            model beside the label.
        seed: Random seed of `resample`.

    Returns:
        The changes in the order of the parts, with standard errors over the sequences.

    Raises:
        ValueError: The model is no `Transformer`, a part or `by` is not known, or there
            are fewer than two sequences, the model does not know their tokens or
            positions, its logits are not finite, or the other answers are no tokens.

    Source:
        Mean ablation as in arXiv:2211.00593, resampling as in causal scrubbing (Chan
        and others, 2022), with one part at a time.

    Examples:
        >>> task = sf.reasoning.ChainTask(steps=1, pairs=2, tokens=(20, 41))
        >>> model = sf.Transformer.normal(41, 5, 2, 8, key=jax.random.key(0))
        >>> batch = task.batch(jax.random.key(0), 10)
        >>> without = sf.reasoning.ablate(model, batch, by="zero")
        >>> without.parts[:2], without.loss.changes.shape
        (('layer 0, head 0', 'layer 0, attention'), (4,))
    """
    model = _checked(model, batch, by)
    places = _places(model)
    names = _named(parts, places)
    chosen = np.zeros((len(names) + 1, model.layers, model.heads + 2), bool)
    for row, name in zip(chosen[1:], names, strict=True):
        row[places[name]] = True
    whole = jnp.asarray(chosen[:1])
    tokens, key = jnp.asarray(batch.tokens), jax.random.key(seed)
    inputs = tokens, tokens[_donors(len(tokens), key)]
    mean = _mean(model, tokens) if by == "mean" else None
    first = _logits(model, inputs, by, mean, whole)[0]
    if not bool(jnp.isfinite(first).all()):
        raise ValueError("the logits are not finite; stop where training diverged.")
    rival = _rival(first, batch.label)
    other = rival if against is None else _answers(against, first.shape)
    rest = _logits(model, inputs, by, mean, jnp.asarray(chosen[1:]))
    measured = _measures(
        jnp.concatenate([first[None], rest]), jnp.asarray(batch.label), other
    )
    return Ablation(by, names, *(_effects(values) for values in measured))


def _checked(model: TransformerLike, batch: Batch, by: str) -> Transformer:
    model = model.model if isinstance(model, TransformerView) else model
    if not isinstance(model, Transformer):
        raise ValueError(
            f"model is a {type(model).__name__}; expected a suffice.models.Transformer,"
            " whose heads can be replaced. For checkpoints of PyTorch see "
            "suffice.models.from_gpt2 and from_transformer_lens."
        )
    if by not in get_args(By):
        raise ValueError(f"by is {by!r}; expected one of {', '.join(get_args(By))}.")
    if len(batch.tokens) < 2:
        raise ValueError(
            f"batch has {len(batch.tokens)} sequences; expected at least 2, of which "
            "means and standard errors are taken."
        )
    require_known(as_view(model), batch.tokens)
    return model


def _named(parts: Sequence[str] | None, places: dict[str, Any]) -> tuple[str, ...]:
    names = tuple(places) if parts is None else tuple(parts)
    unknown = [name for name in names if name not in places]
    if isinstance(parts, str) or unknown or not names:
        given = parts if isinstance(parts, str) or not names else unknown[0]
        raise ValueError(
            f"parts has {given!r}; expected a list of names. This model has "
            f"{'; '.join(places)}."
        )
    return names


def _answers(against: Any, shape: tuple[int, ...]) -> Int[Array, " size"]:
    size, vocab = shape
    given = np.asarray(against)
    whole = np.issubdtype(given.dtype, np.integer) and given.shape == (size,)
    if not whole or given.min() < 0 or given.max() >= vocab:
        raise ValueError(
            f"against has type {given.dtype} and shape {given.shape}; expected one "
            f"token, from 0 to {vocab - 1}, for each of {size} sequences."
        )
    return jnp.asarray(given)


def _places(model: Transformer) -> dict[str, tuple[int, int]]:
    """Return the layer and column of each part by its name."""
    places = {}
    for layer, block in enumerate(model.blocks):
        for head in range(model.heads):
            places[head_name((layer, head))] = layer, head
        places[f"layer {layer}, attention"] = layer, model.heads
        if block.perceptron is not None:
            places[f"layer {layer}, perceptron"] = layer, model.heads + 1
    return places


def _donors(size: int, key: Key[Array, ""]) -> Int[Array, " size"]:
    """Return another sequence for each: the next one in a random circle of all."""
    circle = jax.random.permutation(key, size)
    return jnp.zeros(size, int).at[circle].set(jnp.roll(circle, -1))


def _rival(logits, label):
    """Return the most likely answer beside the label."""
    hidden = jax.nn.one_hot(label, logits.shape[-1], dtype=bool)
    return jnp.argmax(jnp.where(hidden, -jnp.inf, logits), axis=-1)


@eqx.filter_jit
def _mean(model: Transformer, tokens: Int[Array, "size S"]) -> _Written:
    """Return the mean of what each part writes at each position."""

    def add(total, one):
        return jax.tree.map(jnp.add, total, _run(model, one)[1]), None

    shapes = jax.eval_shape(lambda one: _run(model, one)[1], tokens[0])
    zero = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    total, _ = jax.lax.scan(add, zero, tokens)
    return jax.tree.map(lambda leaf: leaf / len(tokens), total)


@eqx.filter_jit
def _logits(
    model: Transformer,
    inputs: tuple[Int[Array, "size S"], Int[Array, "size S"]],
    by: By,
    mean: _Written | None,
    chosen: Bool[Array, "rows layers columns"],
) -> Float[Array, "rows size vocab"]:
    """Return the logits at the last position without the chosen parts of each row."""

    def one(row, tokens, donor):
        if by == "resample":
            instead: Any = _run(model, donor)[1]
        else:
            instead = mean
        return _run(model, tokens, row, instead)[0]

    size, length = inputs[0].shape
    held = model.layers * (model.heads + 2) * length * model.width
    at_once = min(size, max(1, _ELEMENTS // held))

    def of_row(row):
        return jax.lax.map(lambda x: one(row, *x), inputs, batch_size=at_once)

    return jax.lax.map(of_row, chosen)


def _run(
    model: Transformer,
    tokens: Int[Array, " S"],
    chosen: Bool[Array, "layers columns"] | None = None,
    instead: _Written | None = None,
) -> tuple[Float[Array, " vocab"], _Written]:
    """Return the last logits, and what every part writes, after a replacement.

    Args:
        model: The transformer.
        tokens: One sequence.
        chosen: Which heads, then attention and perceptron, are replaced in each layer.
        instead: What they write then; None for zeros.
    """
    seen, heads = {}, []
    nothing = jnp.zeros((len(tokens), model.width))
    outs = {"attn_out": [], "mlp_out": []}

    def replaced(layer, column, value, kept):
        if chosen is None:
            return value
        other = 0.0 if instead is None else kept(instead)
        return jnp.where(chosen[layer, column], other, value)

    def visit(name, value):
        _, *where = name.split(".", 2)
        if not where:
            return value
        layer, part = int(where[0]), where[1]
        seen[part] = value
        if part == "attn_out":
            own = _by_head(model, layer, seen)
            heads.append(own)
            for head in range(model.heads):
                new = replaced(
                    layer, head, own[head], lambda w, h=head: w.heads[layer, h]
                )
                value = value + (new - own[head])
            value = replaced(layer, model.heads, value, lambda w: w.attention[layer])
        elif part == "mlp_out":
            value = replaced(
                layer, model.heads + 1, value, lambda w: w.perceptron[layer]
            )
        if part in outs:
            outs[part].append(value)
        return value

    logits = model(tokens, visit=visit)[-1]
    perceptrons = outs["mlp_out"] or [nothing] * model.layers
    written = _Written(
        jnp.stack(heads), jnp.stack(outs["attn_out"]), jnp.stack(perceptrons)
    )
    return logits, written


def _by_head(model: Transformer, layer: int, seen: dict[str, Array]) -> Array:
    """Return what each head adds, `(heads, S, D)`: all of attention but its bias."""
    written = jnp.einsum(
        "htv,hvd->htd", seen["attn.z"], model.blocks[layer].attention.o
    )
    if model.noise is None:
        return written
    strength, matrix = model.noise.outputs(layer, model.width)
    rows = seen["attn_in"] @ matrix.astype(written.dtype)
    weights = strength.astype(written.dtype)[:, None, None] * seen["attn.pattern"]
    return written + jnp.einsum("hts,sd->htd", weights, rows)


@jax.jit
def _measures(logits, label, other):
    """Return loss, accuracy and logit difference of each row and sequence."""

    def one(logits):
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, label)
        rows = jnp.arange(len(label))
        difference = logits[rows, label] - logits[rows, other]
        right = jnp.argmax(logits, axis=-1) == label
        return loss, right.astype(float), difference

    return jax.lax.map(one, logits)


def _effects(values: Float[Array, "rows size"]) -> Effects:
    whole, *without = np.asarray(values, float)
    changes = np.asarray(without) - whole
    errors = changes.std(axis=1, ddof=1) / len(whole) ** 0.5
    return Effects(float(whole.mean()), changes.mean(axis=1), errors)
