"""Whether zeros of the loss near a point express the target, by experiment."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key
from scipy.stats import binomtest

from suffice._core import numpy_rng, partition, require_float64, Result
from suffice.landscape._branches._narrow import samples_of
from suffice.landscape._network._arrays import finite
from suffice.models import TwoLayer
from suffice.training import fit

PROBES = 256


@dataclasses.dataclass(frozen=True)
class LocalRecovery(Result):
    """Where minimisation leads from small perturbations of a point.

    Attributes:
        recovered: Runs that ended on the target's function.
        reached: Runs that fitted the samples.
        runs: All runs.
        interval: Wilson interval (95 %) of the share recovered among those that fit.
        radius: Standard deviation of the perturbation of every parameter.
        errors: Relative error on fresh inputs, run by run.
    """

    recovered: int
    reached: int
    runs: int
    interval: tuple[float, float]
    radius: float
    errors: Float[np.ndarray, " runs"]

    def headline(self) -> str:
        """The share recovered, with its interval."""
        low, high = self.interval
        return (
            f"{self.recovered} of {self.reached} zeros of the loss reached near the "
            f"point express the target (share in [{low:.2f}, {high:.2f}]; "
            f"{self.runs - self.reached} of {self.runs} runs reached none)."
        )

    def shown(self) -> dict[str, Any]:
        """The radius and the median error."""
        return {"radius": self.radius, "median_error": float(np.median(self.errors))}


def local_recovery(
    point: TwoLayer,
    x: Float[np.ndarray, "n dim"],
    *,
    key: Key[Array, ""],
    radius: float = 0.03,
    runs: int = 20,
    recover: float = 1e-6,
    max_steps: int = 400,
) -> LocalRecovery:
    """Perturb a global minimum, minimise again, and compare functions.

    Use this measurement where no theorem decides. A share well below one shows that
    there are global minima nearby which do not express the target; a share of one
    shows only that none was met.

    Args:
        point: A network that expresses the target.
        x: Samples; the labels are the network's own values.
        key: Random key of perturbations and fresh inputs.
        radius: Standard deviation of the perturbation of every parameter.
        runs: Number of perturbations that are tried.
        recover: Relative error on fresh inputs up to which the target counts as found.
        max_steps: Limit on the Levenberg-Marquardt steps of each run.

    Raises:
        ValueError: float32 mode, samples of another shape, or a radius or a number of
            runs that is not positive.

    Source:
        The notion of recovery stability is that of arXiv:2309.00508, section 5.
    """
    require_float64("A recovery test")
    finite(point)
    x = samples_of(point, x)
    if not (radius > 0 and runs > 0):
        raise ValueError(f"radius is {radius}, runs is {runs}; expected positive.")
    rng = numpy_rng(key)
    params, rest = partition(point)
    moved = jax.tree.map(
        lambda leaf: jnp.asarray(
            np.asarray(leaf) + radius * rng.standard_normal((runs, *leaf.shape))
        ),
        params,
    )
    ensemble = eqx.combine(moved, rest)
    values = jax.vmap(point)
    y = np.asarray(values(jnp.asarray(x)))
    found = fit(ensemble, x, y, max_steps=max_steps)
    fresh = np.concatenate([x, x.std(0) * rng.standard_normal((PROBES, point.inputs))])
    truth = np.asarray(values(jnp.asarray(fresh)))
    ended = eqx.filter_vmap(
        lambda m, z: jax.vmap(m)(z), in_axes=(eqx.if_array(0), None)
    )
    miss = np.asarray(ended(found.models, jnp.asarray(fresh))) - truth
    errors = np.sqrt(np.mean(miss**2, 1) / np.mean(truth**2))
    fits = found.loss <= 1e-20 * np.mean(y**2)
    recovered = int(np.sum(fits & (errors <= recover)))
    reached = int(fits.sum())
    share = binomtest(recovered, max(reached, 1)).proportion_ci(method="wilson")
    interval = (float(share.low), float(share.high)) if reached else (0.0, 1.0)
    return LocalRecovery(recovered, reached, runs, interval, radius, errors)
