"""The ranks of all prefixes of a sequence of samples, from one sketch."""

import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Inputs, Model, NumericalRank

from ._sketched_rank import decide, sketch_of_full_rank, why_undecided

_BLOCK = 64
_APART = 100.0  # least ratio of an independent residual to what rounding leaves


class RankUndecided(ValueError):
    """Double precision cannot decide a rank on which the answer depends."""


def prefix_ranks(
    model: Model,
    x: Inputs,
    *,
    columns: int | None = None,
    key: Key[Array, ""] | None = None,
    strict: bool = True,
) -> Int[np.ndarray, " n"]:
    """The tangent rank on the first 1, 2, ..., n samples.

    The cost is about that of `sketched_rank` on all of them. A sample with several
    outputs adds all of its rows at once.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis, in their order.
        columns: Number of random directions; None finds a sufficient number.
        key: Random key of the directions; None takes a fixed one.
        strict: Whether an undecided rank is an error; False returns the rank that the
            singular values show, without inputs on a kink.

    Returns:
        The `n` ranks, which never decrease.

    Raises:
        RankUndecided: `strict` is True and float64 cannot decide a rank, or an input
            lies on a kink; the message gives the reason and the remedy.
        ValueError: JAX is in float32 mode; `x` has no samples; the model or its
            gradient is not finite at a sample.

    Source:
        Derived and verified here.

    Examples:
        >>> model = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((5, 2))
        >>> sf.prefix_ranks(model, x).tolist()
        [1, 2, 3, 3, 3]
    """
    rows, y, spectrum = sketch_of_full_rank(model, x, columns, key)
    engine = rows.engine
    if strict and (rows.without.any() or not spectrum.confident):
        limit = min(engine.samples * engine.outputs, engine.parameters)
        raise RankUndecided(why_undecided(rows, spectrum, limit))
    counts, clear = _independent(y, spectrum, engine.epsilon)
    ranks = counts.reshape(-1, engine.outputs)[:, -1]
    if clear:
        return ranks
    return _by_halving(y, engine.outputs, engine.epsilon, spectrum, strict)


def samples_needed(
    model: Model,
    x: Inputs,
    *,
    columns: int | None = None,
    key: Key[Array, ""] | None = None,
    strict: bool = True,
) -> int:
    """The smallest number of first samples on which the rank is that of all samples.

    For a model with `C` outputs it can exceed the rank divided by `C`, since the
    outputs of one sample may depend linearly on those of other samples.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis, in their order.
        columns: Number of random directions; None finds a sufficient number.
        key: Random key of the directions; None takes a fixed one.
        strict: Whether an undecided rank is an error; False uses the rank that the
            singular values show, without inputs on a kink.

    Returns:
        A number from 0 (where the rank is 0) to `n`.

    Raises:
        RankUndecided: `strict` is True and float64 cannot decide a rank, or an input
            lies on a kink; the message gives the reason and the remedy.
        ValueError: JAX is in float32 mode; `x` has no samples; the model or its
            gradient is not finite at a sample.

    Examples:
        >>> w, a = jnp.array([[1.0, 0.5], [1.0, 0.5]]), jnp.array([1.0, 2.0])
        >>> x = np.random.default_rng(0).standard_normal((20, 2))
        >>> sf.tangent.samples_needed(sf.TwoLayer(w, a), x)
        3
    """
    ranks = prefix_ranks(model, x, columns=columns, key=key, strict=strict)
    return int(np.argmax(ranks == ranks[-1])) + 1 if ranks[-1] else 0


def _independent(
    y: Float[np.ndarray, "rows columns"], spectrum: NumericalRank, epsilon: float
) -> tuple[Int[np.ndarray, " rows"], bool]:
    """Count independent rows in order, and say whether every decision was clear.

    Rows are processed in blocks: each block is projected twice on the orthogonal
    complement of the basis, then its rows one after the other. A dependent row leaves
    a residual of rounding noise, which grows as the smallest residual of the
    independent rows shrinks; the threshold grows in the same way.
    """
    total, columns = y.shape
    basis = np.empty((columns, min(total, columns)))
    counts = np.empty(total, int)
    noise = 20 * np.sqrt(columns) * epsilon
    rank, least = 0, 1.0
    for start in range(0, total, _BLOCK):
        block = y[start : start + _BLOCK].T.copy()
        for _ in range(2):
            block -= basis[:, :rank] @ (basis[:, :rank].T @ block)
        before = rank
        for j in range(block.shape[1]):
            row = block[:, j]
            for _ in range(2):
                fresh = basis[:, before:rank]
                row = row - fresh @ (fresh.T @ row)
            size = float(np.linalg.norm(row))
            if size > noise / least and rank < columns:
                basis[:, rank] = _refined(row / size, basis[:, :rank])
                rank, least = rank + 1, min(least, size)
            counts[start + j] = rank
        if rank >= spectrum.lower:
            counts[start + block.shape[1] :] = rank
            break
    return counts, rank == spectrum.lower and bool(least > _APART * noise / least)


def _refined(row: np.ndarray, basis: np.ndarray) -> np.ndarray:
    row = row - basis @ (basis.T @ row)
    return row / np.linalg.norm(row)


def _by_halving(
    y: np.ndarray, outputs: int, epsilon: float, spectrum: NumericalRank, strict: bool
) -> Int[np.ndarray, " n"]:
    """The same ranks from singular values, by bisection between changes of slope."""
    ranks = np.full(len(y) // outputs + 1, -1)
    ranks[0], ranks[-1] = 0, spectrum.lower
    open_ends = [(0, len(ranks) - 1)]
    while open_ends:
        low, high = open_ends.pop()
        rise = ranks[high] - ranks[low]
        if rise in (0, (high - low) * outputs):
            ranks[low : high + 1] = np.linspace(ranks[low], ranks[high], high - low + 1)
        elif high - low > 1:
            middle = (low + high) // 2
            part = y[: middle * outputs]
            prefix = decide(part, epsilon, min(part.shape))
            if strict and not prefix.confident:
                raise RankUndecided(
                    f"the rank of the first {middle} samples is undecided: singular "
                    f"values {prefix.last_kept:.1e} and {prefix.first_dropped:.1e} of "
                    "the largest are too close together; use inputs whose norms vary "
                    "more."
                )
            ranks[middle] = np.clip(prefix.lower, ranks[low], ranks[high])
            open_ends += [(low, middle), (middle, high)]
    return ranks[1:]
