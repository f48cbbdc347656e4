"""Training on the first n samples for every n, the experiment behind most figures."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

from suffice.training import ensemble, GradientFlow, train


def nested_runs(
    template: Any,
    x: np.ndarray,
    y: np.ndarray,
    sizes: Sequence[int],
    *,
    scale: float,
    test: tuple[np.ndarray, np.ndarray],
    key: Any,
    method: Any = None,
) -> xr.Dataset:
    """Train on the first `n` samples of each sequence, for every size `n`.

    All runs go through one compiled program: later samples have weight zero. A seed
    starts at the same parameters for every size.

    Args:
        template: The model that learns.
        x: Inputs of every seed, `(seeds, n, ...)`.
        y: Targets there, `(seeds, n, ...)`.
        sizes: Sample sizes, each at most `n`.
        scale: Standard deviation of every initial parameter.
        test: Test inputs and targets, shared.
        key: Random key of the starts.
        method: Gradient flow unless another is given.

    Returns:
        Over `size` and `seed`: `error` (relative root mean square on the test inputs),
        `loss` and `steps`.
    """
    seeds, longest = x.shape[:2]
    starts = ensemble(template, seeds, scale=scale, key=key)
    counts = np.repeat(np.asarray(sizes), seeds)
    runs = train(
        _tiled(starts, len(sizes)),
        np.tile(x, (len(sizes), *(1,) * (x.ndim - 1))),
        np.tile(y, (len(sizes), *(1,) * (y.ndim - 1))),
        weights=(np.arange(longest) < counts[:, None]).astype(float),
        method=GradientFlow() if method is None else method,
        test=test,
    )
    shape = (len(sizes), seeds)
    names = {"error": runs.test_error, "loss": runs.loss, "steps": runs.steps}
    arrays = {name: (("size", "seed"), v.reshape(shape)) for name, v in names.items()}
    return xr.Dataset(arrays, {"size": list(sizes), "seed": np.arange(seeds)})


def _tiled(models, times):
    import equinox as eqx
    import jax

    params, rest = eqx.partition(models, eqx.is_inexact_array)
    tiled = jax.tree.map(
        lambda leaf: jnp.tile(leaf, (times, *(1,) * (leaf.ndim - 1))), params
    )
    return eqx.combine(tiled, rest)
