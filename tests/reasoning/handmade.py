"""Transformers wired by hand, whose mechanism is known by construction."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import Transformer

OFFSETS = {1: 5, 2: 1, 3: -2, 4: -8}
LENGTH = 9
# Channels of the residual stream of the networks on anchor functions.
PLACE = slice(0, LENGTH)  # position, one-hot
ASKED = slice(LENGTH, 2 * LENGTH)  # mean position of the anchors
ONE, ANCHOR, VALUE, X, OFF, INDEX, HELD, CODE, ANSWER = range(18, 27)
WIDTH = 27


def wired(embed, positions, layers, unembed, bias=None, **options):
    """A transformer without normalisation from one head's matrices per layer."""
    (_, dk), (_, dv) = layers[0]["q"].shape, layers[0]["v"].shape
    model = Transformer.normal(
        len(embed), len(positions), len(layers), embed.shape[1],
        key=jax.random.key(0), key_dim=dk, value_dim=dv, norm="none", **options,
    )  # fmt: skip
    bias = np.zeros(len(embed)) if bias is None else bias
    arrays = [embed, positions, unembed, bias]
    arrays += [layer[name][None] for layer in layers for name in "qkvo"]

    def places(m):
        heads = [getattr(b.attention, name) for b in m.blocks for name in "qkvo"]
        return [m.embed, m.positions, m.unembed, m.unembed_bias, *heads]

    return eqx.tree_at(places, model, [jnp.asarray(a, float) for a in arrays])


def head(queries, keys, values, outputs, dk=LENGTH + 1, dv=2):
    """A head from lists of (channel, coordinate, weight)."""
    shapes = {"q": (WIDTH, dk), "k": (WIDTH, dk), "v": (WIDTH, dv), "o": (dv, WIDTH)}
    made = {name: np.zeros(shape) for name, shape in shapes.items()}
    for name, entries in zip("qkv", (queries, keys, values), strict=True):
        for channel, coordinate, weight in entries:
            made[name][channel, coordinate] = weight
    for coordinate, channel, weight in outputs:
        made["o"][coordinate, channel] = weight
    return made


def anchor_network(layers, values=(20, 100), vocab=201):
    """A network whose answer is the token nearest to ANSWER + CODE."""
    embed = np.zeros((vocab, WIDTH))
    tokens = np.arange(*values)
    embed[tokens, VALUE], embed[tokens, X] = 1, tokens
    for anchor, offset in OFFSETS.items():
        embed[anchor, ANCHOR], embed[anchor, OFF] = 1, offset
    positions = np.zeros((LENGTH, WIDTH))
    positions[:, PLACE] = np.eye(LENGTH)
    positions[:, ONE], positions[:, INDEX] = 1, np.arange(LENGTH)
    unembed, target = np.zeros((WIDTH, vocab)), np.arange(vocab)
    unembed[[ANSWER, CODE]] = 2 * target
    return wired(embed, positions, layers, unembed, -(target**2))


def inferential():
    """Each anchor takes the key to itself; the last position adds up both anchors."""
    nearest_value = head(
        [(ONE, 0, 1.0), (ONE, 1, 1.0)],
        [(VALUE, 0, 2000.0), (INDEX, 1, 100.0)],
        [(X, 0, 1.0)],
        [(0, HELD, 1.0)],
    )
    both_anchors = head(
        [(ONE, 0, 1.0)],
        [(ANCHOR, 0, 200.0)],
        [(HELD, 0, 1.0), (OFF, 1, 1.0)],
        [(0, ANSWER, 1.0), (1, ANSWER, 2.0)],  # means over two anchors
    )
    return anchor_network([nearest_value, both_anchors])


def symmetric():
    """The last position takes the anchors as an unordered pair, then the key."""
    places = range(LENGTH)
    both_anchors = head(
        [(ONE, 0, 1.0)],
        [(ANCHOR, 0, 200.0)],
        [(OFF, LENGTH, 1.0), *((i, i, 1.0) for i in places)],
        [(LENGTH, CODE, 2.0), *((i, ASKED.start + i, 1.0) for i in places)],
        dv=LENGTH + 1,
    )
    before_them = head(
        [(ONE, LENGTH, 1.0), *((ASKED.start + i, i - 1, 1.0) for i in places if i)],
        [(VALUE, LENGTH, 1000.0), *((i, i, 500.0) for i in places)],
        [(X, 0, 1.0)],
        [(0, ANSWER, 1.0)],
        dv=LENGTH + 1,
    )
    return anchor_network([both_anchors, before_them])


def deeper(model, at):
    """The same network with one more layer, of zeros, in place `at`."""
    layers = [
        {name: np.asarray(getattr(b.attention, name)[0]) for name in "qkvo"}
        for b in model.blocks
    ]
    layers.insert(at, {name: np.zeros_like(w) for name, w in layers[0].items()})
    most = max(layer["v"].shape[1] for layer in layers)
    for layer in layers:  # values of equal widths
        more = most - layer["v"].shape[1]
        layer["v"] = np.pad(layer["v"], ((0, 0), (0, more)))
        layer["o"] = np.pad(layer["o"], ((0, more), (0, 0)))
    return anchor_network(layers)


def neither():
    """Attention that looks at everything alike."""
    blind = head([], [], [(X, 0, 1.0)], [(0, ANSWER, 1.0)])
    return anchor_network([blind, blind])


def two_layers(copies, matches, tokens=60, dim=128, length=8):
    """Layer 0 writes what it attends to; layer 1 compares. Each is wired or random."""
    rng = np.random.default_rng(1)
    embed = rng.standard_normal((tokens, dim))
    positions = 20 * np.linalg.qr(rng.standard_normal((dim, length)))[0].T

    def maybe(wired):
        return np.eye(dim) if wired else rng.standard_normal((dim, dim)) / dim**0.5

    wanted = np.eye(length, k=-1)  # each asks for the one before it
    by_position = {"q": positions.T @ wanted @ positions / 400, "k": np.eye(dim)}
    copy = {"v": np.eye(dim), "o": maybe(copies)}
    compare = {"q": maybe(matches), "k": np.eye(dim)}
    layers = [{**by_position, **copy}, {**compare, "v": np.eye(dim), "o": np.eye(dim)}]
    return wired(embed, positions, layers, embed.T)
