"""Random combinations of the columns of a tangent matrix that is never formed."""

from typing import Any

import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Model

from ._engine import Engine
from ._jax_engine import engine_for

_BALANCE = 1e3


class Sketch(np.ndarray):
    """The array `Y = J Omega`, which says how it was computed.

    Attributes:
        engine: `Khatri-Rao sketch` or, where the model could not be taken apart,
            `JVP sketch`: the same rank, more work.
        note: Which parameters went another way, and why; None when none did.
    """

    engine: str | None = None
    note: str | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.engine = getattr(source, "engine", None)
        self.note = getattr(source, "note", None)

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False
    ) -> Any:
        """What is computed from a sketch is an ordinary array or number."""
        del context
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain


def sketch(
    model: Model, x: Any, columns: int, *, key: Key[Array, ""]
) -> Float[np.ndarray, "rows columns"]:
    r"""Random columns `Y = J Omega` of the tangent matrix, without forming it.

        Y[(i, c), k] = Σ_l ⟨hˡᵢ, uˡₖ⟩ ⟨δˡ_(i,c), vˡₖ⟩

    with `h` what enters a weight matrix and `delta` what flows back to it. The rank of
    `Y` is `min(rank J, columns)` for almost every draw, its singular values are within
    a small factor of those of `J`, and `J` itself, of `n * outputs * p` numbers, is
    never held. Parameters in single precision are cast to float64 first.

    Args:
        model: Any callable pytree, or a `TorchModel`. Samples must not see each other.
        x: `n` inputs stacked along the leading axis.
        columns: Number of random directions.
        key: Random key; more columns under one key extend the earlier ones.

    Returns:
        A `Sketch`, which is an array of shape `(n * outputs, columns)`, float64, rows
        ordered as those of `jacobian`, with the attributes `engine` and `note`.

    Raises:
        ValueError: JAX is in float32 mode; no samples; `columns` is not positive; the
            model or its gradient is not finite at a sample.

    Source:
        Derived and verified here.
    """
    if columns < 1:
        raise ValueError(f"columns is {columns}; expected at least 1.")
    rows = Rows(engine_for(model, x), key)
    y = rows.take(0, rows.engine.samples, columns).view(Sketch)
    y.engine, y.note = rows.engine.name, rows.engine.note
    return y


class Rows:
    """Rows of `Y`, for any samples and columns.

    Args:
        engine: Computes them.
        key: Fixes the directions.
        balanced: Scale the directions of each parameter array so that all arrays
            contribute alike on the first batch, which leaves the rank alone and helps
            its conditioning. The scaling stops at a factor of 1e3: an array whose
            gradient is rounding noise (the bias of attention keys) must stay small.
    """

    def __init__(self, engine: Engine, key: Key[Array, ""], *, balanced: bool = False):
        self.engine = engine
        self._probes = engine.probes(key)
        self._balanced = balanced
        self._scales: np.ndarray | None = None

    def take(
        self, start: int, stop: int, columns: int, first: int = 0
    ) -> Float[np.ndarray, "rows columns"]:
        """Samples `start..stop` (all outputs of each), columns `first..columns`."""
        pairs = self._probes.take(columns, first)
        engine = self.engine
        y = np.zeros((stop - start, engine.outputs, columns - first))
        for low in range(start, stop, engine.batch):
            high = min(low + engine.batch, stop)
            part = y[low - start : high - start]
            for block, scale in self._scaled(engine.blocks(low, high, pairs)):
                part += block if scale == 1.0 else scale * block
            if not np.isfinite(part).all():
                bad = low + int(np.argmin(np.isfinite(part).all((1, 2))))
                raise ValueError(
                    f"the model or its gradient is not finite at sample {bad}; "
                    "evaluate it where both are finite."
                )
        return y.reshape(-1, columns - first)

    def _scaled(self, blocks: list[np.ndarray]):
        if self._scales is None:
            self._scales = _balance(blocks) if self._balanced else np.ones(len(blocks))
        return zip(blocks, self._scales, strict=True)


def _balance(blocks: list[np.ndarray]) -> np.ndarray:
    norms = np.array([np.linalg.norm(block) for block in blocks])
    if norms.max(initial=0.0) == 0:
        return np.ones(len(blocks))
    return norms.max() / np.maximum(norms, norms.max() / _BALANCE)
