"""The rank of a large model on given samples, from a sketch of its tangent matrix."""

import math
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Model
from suffice.tangent._numerical import NumericalRank
from suffice.tangent._rank import Rank

from ._engine import Engine
from ._jax_engine import engine_for
from ._sketch import Rows

_EPS = float(np.finfo(np.float64).eps)
_START = 256  # scalar samples looked at first
_ROWS = 1e4  # a row this much smaller than the largest may be rounding noise


def sketched_rank(
    model: Model,
    x: Any,
    *,
    columns: int | None = None,
    key: Key[Array, ""] | None = None,
) -> Rank:
    """The rank of the tangent matrix on given samples, without forming it.

    The cost is about that of one gradient over the samples, and the memory that of
    `n * outputs` rows of as many columns as the rank. The condition number is not
    squared, as a Gram matrix would.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis.
        columns: Random directions. None looks for the number that is enough.
        key: Random key; None takes a fixed one.

    Returns:
        The rank, `measured` when the singular values that are kept and those that are
        dropped are beyond doubt apart, else `undecided` with what to do.

    Raises:
        ValueError: JAX is in float32 mode; no samples; something is not finite.

    Source:
        `rank(J Omega) = min(rank J, columns)` almost surely: derived and verified here.

    Example:
        >>> model = sf.TwoLayer.normal(width=2, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((10, 2))
        >>> sf.sketched_rank(model, x).value
        6
    """
    rows, _, found = sketch_of_full_rank(model, x, columns, key)
    return _result(rows.engine, found)


def sketch_of_full_rank(
    model: Model, x: Any, columns: int | None, key: Key[Array, ""] | None
) -> tuple[Rows, Float[np.ndarray, "rows columns"], NumericalRank]:
    """A sketch with enough columns, and the rank read from it."""
    engine = engine_for(model, x)
    rows = Rows(engine, jax.random.key(0) if key is None else key, balanced=True)
    limit = min(engine.samples * engine.outputs, engine.parameters)
    if columns is None:
        return rows, *_enough(rows, limit)
    y = balanced(rows.take(0, engine.samples, min(columns, limit)))
    return rows, y, decide(y, engine.epsilon, limit)


def _enough(rows: Rows, limit: int) -> tuple[np.ndarray, NumericalRank]:
    """Find how many columns are needed on the first samples, then use them on all."""
    engine, total = rows.engine, rows.engine.samples
    seen = min(max(1, _START // engine.outputs), total)
    while True:
        columns = min(limit, seen * engine.outputs)
        y = rows.take(0, seen, columns)
        found = decide(balanced(y), engine.epsilon, limit)
        if seen == total or with_spare(found.value) <= columns:
            break
        seen = min(2 * seen, total)
    if seen < total:
        columns = min(limit, with_spare(found.value))
        y = np.concatenate([y[:, :columns], rows.take(seen, total, columns)])
        found = decide(balanced(y), engine.epsilon, limit)
    while columns < limit and found.value > columns - 5:
        more = min(limit, 2 * columns)
        y = np.concatenate([y, rows.take(0, total, more, columns)], axis=1)
        columns = more
        found = decide(balanced(y), engine.epsilon, limit)
    return balanced(y), found


def with_spare(rank: int) -> int:
    """Columns for a rank: 5 % more, and at least 10."""
    return rank + max(10, math.ceil(0.05 * rank))


def balanced(y: Float[np.ndarray, "... rows columns"]) -> np.ndarray:
    """Rows of unit norm, but for those so small that they may be rounding noise."""
    return y / row_norms(y)


def row_norms(y: Float[np.ndarray, "... rows columns"]) -> np.ndarray:
    """What such rows are divided by."""
    norm = np.sqrt(np.einsum("...j,...j->...", y, y))[..., None]
    floor = np.maximum(norm, norm.max(-2, keepdims=True) / _ROWS)
    return np.where(floor > 0, floor, 1.0)


def decide(
    y: Float[np.ndarray, "rows columns"], epsilon: float, limit: int
) -> NumericalRank:
    """Count the singular values that rounding cannot explain.

    Args:
        y: A sketch with rows of comparable norm.
        epsilon: Rounding unit of the least precise operation in the model.
        limit: The largest rank possible.
    """
    return decide_all(y[None], epsilon, limit)[0]


def decide_all(
    y: Float[np.ndarray, "models rows columns"], epsilon: float, limit: int
) -> list[NumericalRank]:
    """The same for a stack of sketches."""
    tolerance = 20 * math.sqrt(max(y.shape[1:])) * epsilon
    spectra = np.linalg.svd(y, compute_uv=False)
    return [_judge(sigma, tolerance, epsilon, limit) for sigma in spectra]


def _judge(
    sigma: Float[np.ndarray, " k"], tolerance: float, epsilon: float, limit: int
) -> NumericalRank:
    """Cut relative singular values at the tolerance and say whether the cut is safe."""
    if not sigma.size or sigma[0] == 0:
        return NumericalRank(0, True, 0.0, 0.0, tolerance, sigma)
    sigma = sigma / sigma[0]
    value = int((sigma > tolerance).sum())
    last = float(sigma[value - 1]) if value else 0.0
    first = float(sigma[value]) if value < len(sigma) else 0.0
    coarse = epsilon / _EPS
    full = value == limit and last > 1e-10 * coarse
    apart = value < len(sigma) and last > 1e-9 * coarse and last > 1e4 * first
    return NumericalRank(value, full or apart, last, first, tolerance, sigma)


def _result(engine: Engine, found: NumericalRank) -> Rank:
    limit = min(engine.samples * engine.outputs, engine.parameters)
    return Rank(
        value=found.value if found.confident else None,
        status="measured" if found.confident else "undecided",
        method=engine.name,
        lower=0,
        upper=limit,
        parameters=engine.parameters,
        last_kept=found.last_kept,
        first_dropped=found.first_dropped,
        tolerance=found.tolerance,
        samples=engine.samples * engine.outputs,
        domain=f"the {engine.samples} given samples",
        note=engine.note if found.confident else why_undecided(engine, found, limit),
        singular_values=found.singular_values,
    )


def why_undecided(engine: Engine, found: NumericalRank, limit: int) -> str:
    """The reason and the remedy."""
    if engine.epsilon > _EPS:
        return (
            f"the model computes with a rounding unit of {engine.epsilon:.1e}; let it "
            "compute in float64."
        )
    columns = len(found.singular_values)
    if found.value == columns < limit:
        return f"all {columns} random directions are independent; ask for more columns."
    return (
        f"float64 sees {found.value} directions, but singular value {found.value} "
        f"({found.last_kept:.1e} of the largest) and the next "
        f"({found.first_dropped:.1e}) are not apart beyond doubt; take inputs of many "
        "scales, or prove a bound with certified_lower."
    )
