"""An experiment whether zeros of the loss near a point express the target."""

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
    """The outcomes of minimisation from small perturbations of a point.

    Attributes:
        recovered: Number of runs that ended with the target's function.
        reached: Number of runs that fitted the samples.
        runs: Number of all runs.
        interval: Wilson interval (95 %) of the fraction of recovered runs among those
            that fitted.
        radius: Standard deviation of the perturbation of every parameter.
        errors: Relative error on new inputs, for each run.
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
    """Perturb a global minimum, minimise again, and compare the functions.

    Use this measurement where `morse_bott` does not decide. A fraction well below 1
    shows that there are global minima nearby which do not express the target; a
    fraction of 1 shows only that no run reached one.

    Args:
        point: A network that expresses the target.
        x: Samples, `(n, inputs)`; the labels are the values of the network.
        key: Random key of perturbations and new inputs.
        radius: Standard deviation of the perturbation of every parameter.
        runs: Number of perturbations.
        recover: Largest relative error on new inputs of a recovered run.
        max_steps: Limit on the Levenberg-Marquardt steps of each run.

    Returns:
        The fraction of recovered runs with its interval.

    Raises:
        ValueError: JAX is in float32 mode; samples have another shape; or `radius` or
            `runs` is not positive.

    Source:
        The notion of recovery stability is that of arXiv:2309.00508, section 5.

    Examples:
        >>> target = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> x = np.array([[0.5], [1.0], [2.0]])
        >>> key = jax.random.key(0)
        >>> found = sf.landscape.local_recovery(target, x, key=key, runs=5)
        >>> found.recovered, found.runs
        (5, 5)
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
    fitted = fit(ensemble, x, y, max_steps=max_steps)
    fresh = np.concatenate([x, x.std(0) * rng.standard_normal((PROBES, point.inputs))])
    truth = np.asarray(values(jnp.asarray(fresh)))
    outputs_of = eqx.filter_vmap(
        lambda m, z: jax.vmap(m)(z), in_axes=(eqx.if_array(0), None)
    )
    miss = np.asarray(outputs_of(fitted.models, jnp.asarray(fresh))) - truth
    errors = np.sqrt(np.mean(miss**2, 1) / np.mean(truth**2))
    fits = fitted.loss <= 1e-20 * np.mean(y**2)
    recovered = int(np.sum(fits & (errors <= recover)))
    reached = int(fits.sum())
    share = binomtest(recovered, max(reached, 1)).proportion_ci(method="wilson")
    interval = (float(share.low), float(share.high)) if reached else (0.0, 1.0)
    return LocalRecovery(recovered, reached, runs, interval, radius, errors)
