"""Whether the measured samples determine the fit, and how they amplify noise."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Model, Result
from suffice.samples import Guarantee, guarantee, plan

from ._candidates import predict_one
from ._standard import Standard


@dataclasses.dataclass(frozen=True)
class Sufficiency(Result):
    """Whether the measured samples suffice, with errors in the unit of the target.

    Attributes:
        guarantee: The verdict of local linear recovery at the fitted function; None
            where it is undecided.
        undecided: Why the verdict is undecided; None otherwise.
        noise: Standard deviation of the residuals; the number of parameters is
            subtracted from the degrees of freedom.
        typical_error: Root mean square error of prediction over the region of the
            data that independent noise of this size causes.
        worst_error: Root mean square error that the most harmful errors of this size
            cause.
        core: Indices of the fewest rows of the table that determine the function, well
            conditioned, in order.
        core_kappa: Amplification of errors by these rows.
        one_less: The verdict for these rows without the last one: fewer rows do not
            suffice.
    """

    guarantee: Guarantee | None
    undecided: str | None
    noise: float
    typical_error: float
    worst_error: float
    core: Int[np.ndarray, " core"]
    core_kappa: float
    one_less: Guarantee | None

    def headline(self) -> str:
        """Return the verdict in one sentence."""
        if self.guarantee is None:
            return f"Whether the samples suffice is undecided: {self.undecided}"
        return self.guarantee.headline()

    def shown(self) -> dict[str, Any]:
        """Return the numbers printed under the verdict."""
        return {
            "kappa": self.guarantee and self.guarantee.kappa,
            "noise": self.noise,
            "typical error": self.typical_error,
            "worst error": self.worst_error,
            "fewest samples": len(self.core),
        }


def residual_noise(model: Model, data: Standard, parameters: int) -> float:
    """Return the standard deviation of the residuals of a fit, in standard units.

    Args:
        model: The model, fitted to all samples.
        data: The table in standard units.
        parameters: Number of fitted parameters, which is subtracted from the number of
            samples.
    """
    squares = (predict_one(model, data.x) - data.y) ** 2
    return float(np.sqrt(squares.sum() / max(len(data.y) - parameters, 1)))


def sufficiency(
    model: Model,
    data: Standard,
    pool: Float[np.ndarray, "pool dim"],
    *,
    noise: float,
    key: Key[Array, ""],
) -> Sufficiency:
    """Decide whether the measured samples determine a fitted function.

    Args:
        model: The model, fitted in standard units.
        data: The table in standard units.
        pool: Inputs over which errors are averaged, together with the measured ones.
        noise: Standard deviation of the noise, in standard units.
        key: Random key.
    """
    everywhere = np.concatenate([data.x, pool])
    try:
        verdict = guarantee(model, data.x, pool=everywhere, key=key)
        core, core_kappa, less = _core(model, data.x, verdict, everywhere, key)
    except ValueError as error:
        return _undecided(str(error), noise * data.unit)
    return Sufficiency(
        guarantee=verdict,
        undecided=None,
        noise=noise * data.unit,
        typical_error=verdict.noise_gain * noise * data.unit,
        worst_error=verdict.kappa * noise * data.unit,
        core=core,
        core_kappa=core_kappa,
        one_less=less,
    )


def _undecided(why: str, noise: float) -> Sufficiency:
    inf = float("inf")
    return Sufficiency(None, why, noise, inf, inf, np.zeros(0, int), inf, None)


def _core(model, x, verdict, everywhere, key) -> tuple[np.ndarray, float, Any]:
    """Return the fewest measured samples that suffice, and the verdict on one fewer."""
    if not verdict.holds:
        return np.zeros(0, int), float("inf"), None
    if verdict.rank == 1:
        # A constant is determined by any single sample, equally well by each.
        return np.zeros(1, int), 1.0, None
    chosen = plan(model, pool=x, key=key).order
    whole = guarantee(model, x[chosen], pool=everywhere, key=key)
    less = guarantee(model, x[chosen[:-1]], pool=everywhere, key=key)
    return chosen, whole.kappa, less
