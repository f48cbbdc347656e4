"""Random combinations of the columns of a tangent matrix that is never formed."""

from typing import Any

import numpy as np
from jaxtyping import Array, Bool, Float, Key

from suffice._core import check_size, free_memory, Inputs, Model

from ._engine import Engine
from ._jax_engine import engine_for

_BALANCE = 1e3


class Sketch(np.ndarray):
    """The array `Y = J Omega`, together with the method that computed it.

    Attributes:
        engine: `Khatri-Rao sketch`, or `JVP sketch` where the trace of the model has
            no usable products; both have the same rank, the latter needs more work.
        note: The parameters that were differentiated in another way, with the reason;
            None where there are none.

    Examples:
        >>> model = sf.TwoLayer.normal(width=4, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((20, 2))
        >>> found = sf.tangent.sketch(model, x, 15, key=jax.random.key(1))
        >>> found.shape, found.engine
        ((20, 15), 'Khatri-Rao sketch')
    """

    engine: str | None = None
    note: str | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.engine = getattr(source, "engine", None)
        self.note = getattr(source, "note", None)

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False
    ) -> Any:
        """Results of NumPy functions are ordinary arrays or numbers."""
        del context
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain


def sketch(
    model: Model, x: Inputs, columns: int, *, key: Key[Array, ""]
) -> Float[np.ndarray, "rows columns"]:
    r"""Random columns `Y = J Omega` of the tangent matrix, without forming it.

        Y[(i, c), k] = Σ_l ⟨hˡᵢ, uˡₖ⟩ ⟨δˡ_(i,c), vˡₖ⟩

    Here `h` is the input of a weight matrix and `delta` the cotangent of its product.
    The rank of `Y` is `min(rank J, columns)` for almost every draw, and its singular
    values are within a small factor of those of `J`. The matrix `J`, with its
    `n * outputs * p` entries, is never formed. Parameters in single precision are cast
    to float64 first. Prefer `jacobian` for small models, and `sketched_rank` where only
    the rank matters.

    Args:
        model: Any callable pytree, or a `TorchModel`. The output for one sample must
            not depend on the other samples.
        x: `n` inputs stacked along the leading axis.
        columns: Number of random directions, at least 1.
        key: Random key; with an equal key, more columns extend the earlier ones.

    Returns:
        A `Sketch`: a float64 array of shape `(n * outputs, columns)`, with rows in the
        order of `jacobian`, and the attributes `engine` and `note`.

    Raises:
        ValueError: JAX is in float32 mode; `x` has no samples; `columns` is not
            positive; the model or its gradient is not finite at a sample.

    Source:
        Derived and verified here.

    Examples:
        >>> net = sf.TwoLayer(jnp.array([[1.0, 0.5]]), jnp.array([1.0]))
        >>> x = np.random.default_rng(0).standard_normal((20, 2))
        >>> y = sf.tangent.sketch(net, x, columns=3, key=jax.random.key(0))
        >>> y.shape, int(np.linalg.matrix_rank(y))
        ((20, 3), 3)
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
        engine: The engine that computes them.
        key: Random key of the directions.
        balanced: Whether the directions of each parameter array are scaled so that all
            arrays contribute equally on the first batch. This leaves the rank unchanged
            and improves its conditioning. The factor is at most 1e3, so that an array
            whose gradient is rounding noise (the bias of attention keys) stays small.
        without: Samples whose rows are set to zero; None for none.
    """

    def __init__(
        self,
        engine: Engine,
        key: Key[Array, ""],
        *,
        balanced: bool = False,
        without: Bool[np.ndarray, " n"] | None = None,
    ):
        self.engine = engine
        self.without = np.zeros(engine.samples, bool) if without is None else without
        self._probes = engine.probes(key)
        self._balanced = balanced
        self._scales: np.ndarray | None = None

    def take(
        self, start: int, stop: int, columns: int, first: int = 0
    ) -> Float[np.ndarray, "rows columns"]:
        """Rows of samples `start` to `stop`, in the columns `first` to `columns`."""
        engine = self.engine
        size = (stop - start) * engine.outputs, columns - first
        check_size(
            size[0] * size[1],
            f"a sketch of {size[0]} rows and {size[1]} columns",
            "take fewer inputs or a smaller model",
            most=free_memory() / 4,
        )
        pairs = self._probes.take(columns, first)
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
        y[self.without[start:stop]] = 0.0
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
