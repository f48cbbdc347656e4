"""Do the measured samples determine the fitted function, and how noise passes."""

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
    """Whether the samples at hand suffice, in the units of the target.

    Attributes:
        guarantee: The verdict of local linear recovery at the fitted function; None
            where it is undecided.
        undecided: Why, in that case.
        noise: Standard deviation of the residuals, with the parameters subtracted from
            the degrees of freedom.
        typical_error: Root mean square error of prediction over the region of the
            data that independent noise of this size causes.
        worst_error: The same for the most harmful errors of this size.
        core: Rows of the table that alone determine the function, the fewest and best
            conditioned, in order.
        core_kappa: Amplification of these rows.
        one_less: The verdict without the last of them: fewer rows do not suffice.
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
        """The verdict in one sentence."""
        if self.guarantee is None:
            return f"Whether the samples suffice is undecided: {self.undecided}"
        return self.guarantee.headline()

    def shown(self) -> dict[str, Any]:
        """The numbers printed under the verdict."""
        return {
            "kappa": self.guarantee and self.guarantee.kappa,
            "noise": self.noise,
            "typical error": self.typical_error,
            "worst error": self.worst_error,
            "fewest samples": len(self.core),
        }


def residual_noise(model: Model, data: Standard, parameters: int) -> float:
    """Standard deviation of the residuals of a fit, in standard units.

    Args:
        model: Fitted to all samples.
        data: The table in standard units.
        parameters: Number of parameters fitted, which are taken off the samples.
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
    """Judge the samples at a fitted function.

    Args:
        model: Fitted in standard units.
        data: The table in standard units.
        pool: Inputs over which, with the measured ones, errors are averaged.
        noise: In standard units.
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
    """The fewest measured samples that suffice, and the verdict on one fewer."""
    if not verdict.holds:
        return np.zeros(0, int), float("inf"), None
    if verdict.rank == 1:
        # Only a constant: its tangent functions are seen alike by every sample.
        return np.zeros(1, int), 1.0, None
    chosen = plan(model, pool=x, key=key).order
    whole = guarantee(model, x[chosen], pool=everywhere, key=key)
    less = guarantee(model, x[chosen[:-1]], pool=everywhere, key=key)
    return chosen, whole.kappa, less
