"""Matrix completion from the first entries of an order."""

from collections.abc import Iterable, Sequence

import jax
import numpy as np
import xarray as xr

from suffice.models import MatrixProduct
from suffice.papers._paper import decided
from suffice.samples import optimistic_sample_size, plan

from ._matrices import factored, TARGETS
from ._nested import nested_runs

STD = 1e-4  # of the initial entries, as in the papers
FLOOR = 1e-32  # squared errors below are rounding
LEVELS = (1e-2, 1e-3, 1e-4)  # relative errors below which a run may be recovered
DROPS = (2.0, 4.0, 6.0)  # orders of magnitude that may be called a drop


def completed(
    matrix: np.ndarray,
    orders: np.ndarray,
    sizes: Sequence[int],
    *,
    scale: float = STD,
) -> xr.Dataset:
    """Complete a matrix by a full-width product from the first entries of orders.

    Args:
        matrix: The target.
        orders: Entries of every seed, `(seeds, n, 2)`.
        sizes: Numbers of entries.
        scale: Standard deviation of the initial entries.
    """
    m, n = matrix.shape
    template = MatrixProduct.normal((m, min(m, n), n), key=jax.random.key(0))
    every = np.argwhere(np.ones(matrix.shape, bool))
    return nested_runs(
        template,
        orders,
        matrix[orders[..., 0], orders[..., 1]],
        sizes,
        scale=scale,
        test=(every, matrix[every[:, 0], every[:, 1]]),
        key=jax.random.key(1),
    )


def planned_order(matrix: np.ndarray) -> np.ndarray:
    """All entries, planned: the first ones determine the matrix, well conditioned."""
    every = np.argwhere(np.ones(matrix.shape, bool))
    return every[np.asarray(plan(factored(matrix), pool=every, size=len(every)).order)]


def squared(errors: xr.DataArray) -> xr.DataArray:
    """Mean relative squared error over seeds, the papers' test error."""
    return (errors**2).mean("seed").clip(FLOOR)


def sizes_of(names: Iterable[str]) -> list[int]:
    """Optimistic sample sizes of the targets of these names."""
    sizes = [optimistic_sample_size(factored(TARGETS[name])) for name in names]
    return [decided(size.value) for size in sizes]
