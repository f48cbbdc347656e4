"""Given inputs at which a large model has no derivative by its parameters."""

import jax
import numpy as np
from jaxtyping import Bool, Float

from suffice._core import Inputs, Model
from suffice.tangent._precision._kinks import array_sizes, jumping_rows

from ._engine import Engine
from ._jax_engine import engine_for
from ._probes import Pair

COLUMNS = 4  # random directions of each array; a jump shows in almost every one


def sketched_kinks(model: Model, x: Inputs) -> Bool[np.ndarray, " n"]:
    """Whether the derivative by the parameters jumps at each of the given inputs.

    Like `on_kinks`, with random directions of each array of parameters in the place of
    the parameters themselves.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis.
    """
    engine = engine_for(model, x)
    if not engine.pieces:
        return np.zeros(engine.samples, bool)
    pairs = engine.probes(jax.random.key(0)).take(COLUMNS)
    sizes = [size for _, size in array_sizes(model)]
    jumps = jumping_rows(
        lambda near: _rows(engine_for(near, x), pairs),
        model,
        engine.epsilon / 2,
        np.repeat(sizes, COLUMNS),
    )
    return np.any(jumps.reshape(engine.samples, -1), axis=1)


def _rows(engine: Engine, pairs: list[Pair]) -> Float[np.ndarray, "rows columns"]:
    """Derivatives along random directions of each array, one row per output."""
    starts = range(0, engine.samples, engine.batch)
    parts = [
        np.concatenate(
            engine.blocks(start, min(start + engine.batch, engine.samples), pairs), 2
        )
        for start in starts
    ]
    return np.concatenate(parts).reshape(engine.samples * engine.outputs, -1)
