"""The rank of every beginning of a sequence of samples, for the price of about one."""

from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Model
from suffice.tangent._numerical import NumericalRank

from ._sketched_rank import decide, sketch_of_full_rank, why_undecided

_BLOCK = 64
_EPS = float(np.finfo(np.float64).eps)
_APART = 100.0  # between the residuals of rows that count and of those that do not


class RankUndecided(ValueError):
    """Double precision cannot decide a rank that an answer needs."""


def prefix_ranks(
    model: Model,
    x: Any,
    *,
    columns: int | None = None,
    key: Key[Array, ""] | None = None,
    strict: bool = True,
) -> Int[np.ndarray, " n"]:
    """`rank_S` of the first 1, 2, ..., n samples.

    A sample with several outputs enters with all of them at once.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis, in their order.
        columns: Random directions. None looks for the number that is enough.
        key: Random key; None takes a fixed one.
        strict: Raise when float64 cannot decide; otherwise count what it sees.

    Raises:
        RankUndecided: As said, with the reason and a remedy.
        ValueError: JAX is in float32 mode; no samples; something is not finite.

    Source:
        Derived and verified here.

    Example:
        >>> model = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((5, 2))
        >>> sf.prefix_ranks(model, x).tolist()
        [1, 2, 3, 3, 3]
    """
    rows, y, found = sketch_of_full_rank(model, x, columns, key)
    engine = rows.engine
    if strict and not found.confident:
        limit = min(engine.samples * engine.outputs, engine.parameters)
        raise RankUndecided(why_undecided(engine, found, limit))
    counts, clear = _independent(y, found, engine.epsilon)
    ranks = counts.reshape(-1, engine.outputs)[:, -1]
    if clear:
        return ranks
    return _by_halving(y, engine.outputs, engine.epsilon, found, strict)


def samples_needed(
    model: Model,
    x: Any,
    *,
    columns: int | None = None,
    key: Key[Array, ""] | None = None,
    strict: bool = True,
) -> int:
    """How many of the samples, in their order, reach the rank of all of them.

    For a model with `C` outputs this can exceed the rank over `C`: the outputs of one
    sample need not be independent of those of the others.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis, in their order.
        columns: Random directions. None looks for the number that is enough.
        key: Random key; None takes a fixed one.
        strict: Raise when float64 cannot decide; otherwise count what it sees.

    Raises:
        RankUndecided: As said, with the reason and a remedy.
    """
    ranks = prefix_ranks(model, x, columns=columns, key=key, strict=strict)
    return int(np.argmax(ranks == ranks[-1])) + 1 if ranks[-1] else 0


def _independent(
    y: Float[np.ndarray, "rows columns"], found: NumericalRank, epsilon: float
) -> tuple[Int[np.ndarray, " rows"], bool]:
    """Count rows that no earlier rows span, and say whether all were clear cases.

    Rows are taken in blocks, projected twice on the complement of the basis, then one
    after the other. A row that depends on the earlier ones leaves rounding noise that
    grows as the smallest residual so far shrinks; so does the threshold.
    """
    total, columns = y.shape
    basis = np.empty((columns, min(total, columns)))
    counts = np.empty(total, int)
    rank, least, noise = 0, 1.0, 0.0
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
            if size > 20 * np.sqrt(columns) * epsilon / least and rank < columns:
                basis[:, rank] = _refined(row / size, basis[:, :rank])
                rank, least = rank + 1, min(least, size)
            else:
                noise = max(noise, size)
            counts[start + j] = rank
        if rank >= found.value:
            counts[start + block.shape[1] :] = rank
            break
    return counts, rank == found.value and least > _APART * noise


def _refined(row: np.ndarray, basis: np.ndarray) -> np.ndarray:
    row = row - basis @ (basis.T @ row)
    return row / np.linalg.norm(row)


def _by_halving(
    y: np.ndarray, outputs: int, epsilon: float, found: NumericalRank, strict: bool
) -> Int[np.ndarray, " n"]:
    """The same by singular values, at as few prefixes as the curve has steps."""
    ranks = np.full(len(y) // outputs + 1, -1)
    ranks[0], ranks[-1] = 0, found.value
    open_ends = [(0, len(ranks) - 1)]
    while open_ends:
        low, high = open_ends.pop()
        rise = ranks[high] - ranks[low]
        if rise in (0, (high - low) * outputs):
            ranks[low : high + 1] = np.linspace(ranks[low], ranks[high], high - low + 1)
        elif high - low > 1:
            middle = (low + high) // 2
            part = y[: middle * outputs]
            here = decide(part, epsilon, min(part.shape))
            if strict and not here.confident:
                raise RankUndecided(
                    f"the rank of the first {middle} samples is undecided: singular "
                    f"values {here.last_kept:.1e} and {here.first_dropped:.1e} of the "
                    "largest are not apart beyond doubt; take inputs of many scales."
                )
            ranks[middle] = np.clip(here.value, ranks[low], ranks[high])
            open_ends += [(low, middle), (middle, high)]
    return ranks[1:]
