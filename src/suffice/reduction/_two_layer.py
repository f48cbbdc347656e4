"""Two-layer networks as hidden layers, and the size of a function."""

from typing import Any

import numpy as np

from suffice._core import evaluate
from suffice.models import TwoLayer

from ._atoms import Hidden


def hidden_layer(model: TwoLayer) -> Hidden:
    """The arrays of a two-layer network, outputs along the last axis."""
    return Hidden(
        w=np.asarray(model.w),
        a=np.asarray(model.a).reshape(-1, model.width).T,
        b=None if model.b is None else np.asarray(model.b),
        c=None if model.c is None else np.asarray(model.c).reshape(-1),
    )


def function_size(model: Any, radius: float) -> float:
    """Root mean square output over a ball: what small contributions compare to."""
    rng = np.random.default_rng(0)
    shape = getattr(model, "shape", (model.dim,))
    x = rng.standard_normal((64, *shape))
    norms = np.sqrt((x.reshape(64, -1) ** 2).sum(axis=1))
    x = x * (radius * rng.uniform(size=64) / norms).reshape(-1, *[1] * len(shape))
    values = evaluate(model, x)
    return float(np.sqrt(np.mean(np.sum(values**2, axis=1))))
