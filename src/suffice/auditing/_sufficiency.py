"""Whether the measured samples determine the fit, and how they amplify noise."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Model, Result
from suffice.samples import Guarantee, guarantee, plan

from ._noise import NoiseEstimate
from ._predictor._predictor import Predictor, typical
from ._standard import Standard


@dataclasses.dataclass(frozen=True)
class Sufficiency(Result):
    """Whether the measured samples suffice, with errors in the unit of the target.

    Attributes:
        guarantee: The verdict of local linear recovery at the fitted function; None
            where it is undecided.
        undecided: Why the verdict is undecided; None otherwise.
        noise: How large the noise of the table is.
        typical_error: Root mean square error of prediction at the inputs of the table
            that independent noise of this size causes; None where fit and noise cannot
            be told apart.
        region_error: The same over the candidates, the region where more could be
            measured, by a theory of small errors: a number above the standard deviation
            of the target says only that the samples hardly determine the function at
            some candidates.
        loose: Share of the candidates where that is so, each taken by itself.
        firm_error: The typical error over the other candidates; None without any.
        worst_error: Root mean square error, over both, that the most harmful errors of
            this size cause, by the same theory; None for classes and counts, too.
        core: Indices of the fewest rows of the table that determine the function, well
            conditioned, in order.
        core_kappa: Amplification of errors by these rows.
        one_less: The verdict for these rows without the last one: fewer rows do not
            suffice.
    """

    guarantee: Guarantee | None
    undecided: str | None
    noise: NoiseEstimate
    typical_error: float | None
    region_error: float | None
    loose: float
    firm_error: float | None
    worst_error: float | None
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
            "noise": self.noise.value,
            "typical error": self.typical_error,
            "region error": self.region_error,
            "worst error": self.worst_error,
            "fewest samples": len(self.core),
        }


def sufficiency(
    model: Model,
    data: Standard,
    pool: Float[np.ndarray, "pool dim"],
    *,
    predictor: Predictor,
    noise: NoiseEstimate,
    key: Key[Array, ""],
) -> Sufficiency:
    """Decide whether the measured samples determine a fitted function.

    Args:
        model: The model, fitted in standard units.
        data: The table in standard units.
        pool: Inputs over which errors are averaged, in the units of the table.
        predictor: The predictor of the model.
        noise: How large the noise of the table is.
        key: Random key.
    """
    everywhere = np.concatenate([data.x, data.standard(pool)])
    try:
        verdict = guarantee(model, data.x, pool=everywhere, key=key)
        core, core_kappa, less = _core(model, data.x, verdict, everywhere, key)
    except ValueError as error:
        return _undecided(str(error), noise)
    rows = region = firm = None
    loose = 0.0
    if noise.settled and verdict.holds:
        rows = predictor.predict(data.table.x).typical_error
        errors = predictor.predict(pool).function_error
        small = errors[errors <= data.unit]
        region, loose = typical(errors), 1 - len(small) / len(errors)
        firm = typical(small) if len(small) else None
    worst = noise.settled and data.kind == "number"
    return Sufficiency(
        guarantee=verdict,
        undecided=None,
        noise=noise,
        typical_error=rows,
        region_error=region,
        loose=loose,
        firm_error=firm,
        worst_error=verdict.kappa * noise.value if worst else None,
        core=core,
        core_kappa=core_kappa,
        one_less=less,
    )


def _undecided(why: str, noise: NoiseEstimate) -> Sufficiency:
    return Sufficiency(
        guarantee=None,
        undecided=why,
        noise=noise,
        typical_error=None,
        region_error=None,
        loose=0.0,
        firm_error=None,
        worst_error=None,
        core=np.zeros(0, int),
        core_kappa=float("inf"),
        one_less=None,
    )


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
