"""The number of steps that layers can provide, by the order of the pairs."""

import numpy as np
from jaxtyping import Bool, Int

from ._batch import Batch


def available_steps(
    order: Int[np.ndarray, "*batch edges"],
    layers: int,
    *,
    start: Int[np.ndarray, "*batch"] | int = 0,
) -> Int[np.ndarray, "*batch"]:
    r"""Return the largest number of steps whose answer can reach the last position.

    It follows from a model of propagation. After the first layer the slot of a pair
    holds its two tokens, and the last position holds the starting token. In each
    further layer every slot, and the last position, takes over the tokens of all
    *earlier* slots that share a token with it. This bounds the available information;
    reading the right step from it also needs separate buffers, and therefore width.

    Args:
        order: `order[place]` is the edge at that place of the sequence; edge `k` leads
            from token `k` to `k + 1` of the chain.
        layers: Number of layers.
        start: Index of the token from which the last position starts.

    Returns:
        The number of steps, between the two `step_bounds` if the chain is long enough.

    Raises:
        ValueError: `layers` is below 1, or an order is not a permutation.

    Source:
        Derived and verified here; the growth between `2^L` and `3^L` is the conjecture
        of arXiv:2405.15302.

    Examples:
        >>> sf.reasoning.available_steps(np.array([[0, 1, 2], [2, 1, 0]]), layers=2)
        array([1, 1])
    """
    order = np.asarray(order)
    edges = order.shape[-1]
    if layers < 1:
        raise ValueError(f"layers is {layers}; expected at least 1.")
    if (np.sort(order, axis=-1) != np.arange(edges)).any():
        raise ValueError(f"order must hold each of 0 to {edges - 1} once.")
    rows = order.reshape(-1, edges)
    begin = np.broadcast_to(start, order.shape[:-1]).reshape(-1)
    held = np.zeros((len(rows), edges + 1, edges + 1), np.float32)  # slots, tokens
    for offset in (0, 1):
        np.put_along_axis(held[:, :-1], rows[..., None] + offset, 1, axis=2)
    held[np.arange(len(rows)), -1, begin] = 1
    held = _propagate(held, layers)
    reached = edges - np.argmax(held[:, -1, ::-1], axis=1)
    return (reached - begin).reshape(order.shape[:-1])


def answer_available(batch: Batch, layers: int) -> Bool[np.ndarray, " size"]:
    """Return whether the answer of each sequence can reach the last position.

    It uses the propagation of `available_steps` on the tokens of the sequence, so it
    also holds for several chains and stray pairs.

    Args:
        batch: Sequences of a `ChainTask`.
        layers: Number of layers.

    Raises:
        ValueError: `layers` is below 1.

    Examples:
        >>> task = sf.reasoning.ChainTask(steps=1, pairs=4, tokens=(20, 61))
        >>> batch = task.batch(jax.random.key(0), 3, "train")
        >>> sf.reasoning.answer_available(batch, layers=2)
        array([ True,  True,  True])
    """
    if layers < 1:
        raise ValueError(f"layers is {layers}; expected at least 1.")
    tokens, label = np.asarray(batch.tokens), np.asarray(batch.label)
    pairs, rows = batch.meta["order"].shape[1], np.arange(len(tokens))
    held = np.zeros((len(tokens), pairs + 1, tokens.max() + 1), np.float32)
    for offset in (0, 1):
        written = tokens[:, offset : 2 * pairs : 2]
        np.put_along_axis(held[:, :-1], written[..., None], 1, axis=2)
    held[rows, -1, tokens[:, 2 * pairs]] = 1
    return _propagate(held, layers)[rows, -1, label] > 0


def _propagate(held, layers):
    """Return which tokens each slot and the last position hold after all layers."""
    earlier = np.tri(held.shape[1], dtype=np.float32)
    for _ in range(layers - 1):
        share = (held @ held.transpose(0, 2, 1) > 0) * earlier
        held = (share @ held > 0).astype(np.float32)
    return held


def step_bounds(layers: int) -> tuple[int, int]:
    """Return the smallest and largest `available_steps` over orders of a long chain.

        2^(L-1) - 1  ≤  steps  ≤  (3^(L-1) - 1) / 2

    Each slot holds a window of consecutive edges, and the last position reaches to the
    end of a window that begins at its token. *Lower bound*: of two windows that share a
    token, the later slot takes over both, in either order, so windows at least double.
    *Upper bound*: a slot gains at most one window on each side, so windows at most
    triple, while the last position extends on one side only. `ternary_order` attains
    the upper bound.

    Args:
        layers: Number of layers `L`.

    Raises:
        ValueError: `layers` is below 1.

    Source:
        Proved here for the model of `available_steps`; conjectured as the growth of
        parallel reasoning in arXiv:2405.15302.

    Examples:
        >>> sf.reasoning.step_bounds(3)
        (3, 4)
    """
    if layers < 1:
        raise ValueError(f"layers is {layers}; expected at least 1.")
    return 2 ** (layers - 1) - 1, (3 ** (layers - 1) - 1) // 2


def ternary_order(edges: int) -> Int[np.ndarray, " edges"]:
    """Return the order of pairs with most available steps from the first token.

    The chain is cut into blocks of 1, 3, 9, ... edges. Each block is written as its
    left third, its right third, and then its middle third, whose last slot takes over
    both.

    Args:
        edges: Number of pairs.
    """
    order, begin, size = [], 0, 1
    while begin < edges:
        order += _thirds(begin, min(begin + size, edges))
        begin, size = begin + size, 3 * size
    return np.array(order, dtype=int)


def _thirds(begin, end):
    if end - begin < 3:
        return list(range(begin, end))
    third = (end - begin) // 3
    left, right = begin + third, end - third
    return _thirds(begin, left) + _thirds(right, end) + _thirds(left, right)
