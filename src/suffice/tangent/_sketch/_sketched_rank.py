"""The rank of a large model on given samples, from a sketch of its tangent matrix."""

import dataclasses
import math

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import decided, EPS, Inputs, Model, NumericalRank
from suffice.tangent._precision._kinks import kink_note
from suffice.tangent._rank import open_status, Rank

from ._jax_engine import engine_for
from ._sketch import Rows
from ._sketched_kinks import sketched_kinks

_ROUNDINGS = 20.0  # errors of a row of a sketch, in roundings of its norm
_START = 256  # number of scalar samples in the first attempt
_ROWS = 1e4  # a row that is smaller than the largest by this factor may be noise


def sketched_rank(
    model: Model,
    x: Inputs,
    *,
    columns: int | None = None,
    key: Key[Array, ""] | None = None,
) -> Rank:
    """The rank of the tangent matrix on given samples, without forming it.

    It costs about one gradient over the samples, and memory for `n * outputs` rows with
    as many columns as the rank. Unlike a Gram matrix, it does not square the condition
    number. Samples on a kink, where there is no derivative, are left out, for a lower
    bound. Prefer `tangent_rank` where the rank on a whole domain is wanted.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis.
        columns: Number of random directions; None finds a sufficient number.
        key: Random key of the directions; None takes a fixed one.

    Returns:
        The rank: `measured` where singular values decide it, else `at least` with a
        numerical lower bound, the reason and the remedy.

    Raises:
        ValueError: JAX is in float32 mode; `x` has no samples; the model or its
            gradient is not finite at a sample.

    Source:
        `rank(J Omega) = min(rank J, columns)` almost surely: derived and verified here.

    Examples:
        >>> model = sf.TwoLayer.normal(width=2, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((10, 2))
        >>> sf.sketched_rank(model, x).value
        6
    """
    rows, _, spectrum = sketch_of_full_rank(model, x, columns, key)
    return _result(rows, spectrum)


def sketch_of_full_rank(
    model: Model, x: Inputs, columns: int | None, key: Key[Array, ""] | None
) -> tuple[Rows, Float[np.ndarray, "rows columns"], NumericalRank]:
    """A sketch with enough columns, and the rank read from it."""
    check_columns(columns)
    engine = engine_for(model, x)
    key = jax.random.key(0) if key is None else key
    rows = Rows(engine, key, balanced=True, without=sketched_kinks(model, x))
    limit = min(engine.samples * engine.outputs, engine.parameters)
    if columns is None:
        y, spectrum = _enough(rows, limit)
    else:
        y = balanced(rows.take(0, engine.samples, min(columns, limit)))
        spectrum = decide(y, engine.epsilon, limit)
    if rows.without.any() and spectrum.lower < limit:
        spectrum = dataclasses.replace(spectrum, value=None)
    return rows, y, spectrum


def check_columns(columns: int | None) -> None:
    """Raise a ValueError for a number of random directions below one."""
    if columns is not None and columns < 1:
        raise ValueError(f"columns is {columns}; expected at least 1, or None.")


def _enough(rows: Rows, limit: int) -> tuple[np.ndarray, NumericalRank]:
    """Find a sufficient number of columns on few samples, then use all samples."""
    engine, total = rows.engine, rows.engine.samples
    used = min(max(1, _START // engine.outputs), total)
    while True:
        columns = min(limit, used * engine.outputs)
        y = rows.take(0, used, columns)
        spectrum = decide(balanced(y), engine.epsilon, limit)
        if used == total or with_spare(spectrum.lower) <= columns:
            break
        used = min(2 * used, total)
    if used < total:
        columns = min(limit, with_spare(spectrum.lower))
        y = np.concatenate([y[:, :columns], rows.take(used, total, columns)])
        spectrum = decide(balanced(y), engine.epsilon, limit)
    while columns < limit and spectrum.lower > columns - 5:
        more = min(limit, 2 * columns)
        y = np.concatenate([y, rows.take(0, total, more, columns)], axis=1)
        columns = more
        spectrum = decide(balanced(y), engine.epsilon, limit)
    return balanced(y), spectrum


def with_spare(rank: int) -> int:
    """The number of columns for a rank: 5 % more, and at least 10 more."""
    return rank + max(10, math.ceil(0.05 * rank))


def balanced(y: Float[np.ndarray, "... rows columns"]) -> np.ndarray:
    """The rows, scaled to unit norm unless they may be rounding noise."""
    return y / row_norms(y)


def row_norms(y: Float[np.ndarray, "... rows columns"]) -> np.ndarray:
    """The divisors of the rows: their norms, or a floor for very small rows."""
    norm = np.sqrt(np.einsum("...j,...j->...", y, y))[..., None]
    floor = np.maximum(norm, norm.max(-2, keepdims=True) / _ROWS)
    return np.where(floor > 0, floor, 1.0)


def decide(
    y: Float[np.ndarray, "rows columns"], epsilon: float, limit: int
) -> NumericalRank:
    """Count the singular values that are too large to be rounding errors.

    Args:
        y: A sketch with rows of comparable norm.
        epsilon: Rounding unit of the least precise operation in the model.
        limit: The largest rank possible.
    """
    return decide_all(y[None], epsilon, limit)[0]


def decide_all(
    y: Float[np.ndarray, "models rows columns"], epsilon: float, limit: int
) -> list[NumericalRank]:
    """The ranks of a stack of sketches; see `decide`."""
    shape = y.shape[1:]
    error = _ROUNDINGS * math.sqrt(shape[0]) * epsilon
    spectra = np.linalg.svd(y, compute_uv=False)
    return [decided(sigma, error, shape, limit) for sigma in spectra]


def _result(rows: Rows, spectrum: NumericalRank) -> Rank:
    engine = rows.engine
    limit = min(engine.samples * engine.outputs, engine.parameters)
    return Rank(
        value=spectrum.value,
        status="measured" if spectrum.confident else open_status(spectrum.lower),
        method=engine.name,
        lower=spectrum.lower,
        upper=limit,
        parameters=engine.parameters,
        last_kept=spectrum.last_kept,
        first_dropped=spectrum.first_dropped,
        tolerance=spectrum.tolerance,
        samples=engine.samples * engine.outputs,
        domain=f"the {engine.samples} given samples",
        note=engine.note
        if spectrum.confident
        else why_undecided(rows, spectrum, limit),
        singular_values=spectrum.singular_values,
    )


def why_undecided(rows: Rows, spectrum: NumericalRank, limit: int) -> str:
    """The reason why a rank is undecided, and the remedy."""
    engine, kinks = rows.engine, int(rows.without.sum())
    if kinks:
        return kink_note(f"{kinks} of {engine.samples} inputs lie on a kink")
    if engine.epsilon > EPS:
        return (
            f"the model computes with a rounding unit of {engine.epsilon:.1e}; let it "
            "compute in float64."
        )
    columns = len(spectrum.singular_values)
    if spectrum.lower == columns < limit:
        return f"all {columns} random directions are independent; ask for more columns."
    return (
        f"float64 shows a rank of at least {spectrum.lower}; the last singular value "
        f"counted ({spectrum.last_kept:.1e} of the largest) and the next "
        f"({spectrum.first_dropped:.1e}) are too close to each other or to the "
        "rounding errors to exclude more; use inputs whose norms vary more, or prove a "
        "bound with certified_lower."
    )
