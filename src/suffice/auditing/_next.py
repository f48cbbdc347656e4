"""The candidates to measure next, in order."""

import dataclasses

import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Model, Result
from suffice.samples import guarantee, plan

from ._noise import NoiseEstimate
from ._pool import outside
from ._standard import Standard


@dataclasses.dataclass(frozen=True)
class NextSamples(Result):
    """The candidates to measure next, in order and in the units of the table.

    Attributes:
        inputs: Names of the columns of `x`.
        x: One candidate per row, the most informative first.
        kappa: Amplification of errors after each candidate and all before it have been
            measured too.
        region_error: Typical error of prediction over the candidates after all of them
            have been measured, in the unit of the target; None where fit and noise
            cannot be told apart.
        candidates: Number of candidates from which they were chosen.
        source: Origin of the candidates, in words.
        outside: Number of proposed candidates outside of the range of the data.
    """

    inputs: tuple[str, ...]
    x: Float[np.ndarray, "size dim"]
    kappa: Float[np.ndarray, " size"]
    region_error: float | None
    candidates: int
    source: str
    outside: int

    def headline(self) -> str:
        """Say in one sentence what is proposed."""
        return (
            f"{len(self.x)} candidates of {self.candidates} ({self.source}), in order."
        )


def next_samples(
    model: Model,
    data: Standard,
    pool: Float[np.ndarray, "pool dim"],
    *,
    size: int,
    noise: NoiseEstimate,
    source: str,
    key: Key[Array, ""],
) -> NextSamples:
    """Order the candidates that are most informative in addition to the samples.

    Args:
        model: The model, fitted in standard units.
        data: The table in standard units.
        pool: Candidates, in the units of the table.
        size: Number of candidates to propose.
        noise: How large the noise of the table is.
        source: Origin of the candidates, in words.
        key: Random key.
    """
    candidates = data.standard(pool)
    size = min(size, len(pool))
    chosen = plan(model, pool=candidates, size=size, taken=data.x, key=key)
    together = np.concatenate([data.x, candidates[chosen.order]])
    after = guarantee(model, together, pool=candidates, key=key)
    return NextSamples(
        inputs=data.table.inputs,
        x=pool[chosen.order],
        kappa=chosen.kappa,
        region_error=after.noise_gain * noise.value if noise.settled else None,
        candidates=len(pool),
        source=source,
        outside=outside(pool[chosen.order], data.table.x),
    )
