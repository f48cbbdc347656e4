"""Which candidates to measure next, in order."""

import dataclasses

import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Model, Result
from suffice.samples import guarantee, plan

from ._pool import outside
from ._standard import Standard


@dataclasses.dataclass(frozen=True)
class NextSamples(Result):
    """What to measure next, in order, in the units of the table.

    Attributes:
        inputs: Names of the columns of `x`.
        x: One candidate per row, the most informative first.
        kappa: Amplification once it and all before it are measured too.
        typical_error: What the typical error falls to when all are measured.
        candidates: How many candidates there were.
        source: Where they came from.
        outside: How many of the proposed ones leave the range of the data.
    """

    inputs: tuple[str, ...]
    x: Float[np.ndarray, "size dim"]
    kappa: Float[np.ndarray, " size"]
    typical_error: float
    candidates: int
    source: str
    outside: int

    def headline(self) -> str:
        """What is proposed, in one sentence."""
        return (
            f"{len(self.x)} candidates of {self.candidates} ({self.source}), in order."
        )


def next_samples(
    model: Model,
    data: Standard,
    pool: Float[np.ndarray, "pool dim"],
    *,
    size: int,
    noise: float,
    source: str,
    key: Key[Array, ""],
) -> NextSamples:
    """Order candidates after the samples at hand.

    Args:
        model: Fitted in standard units.
        data: The table in standard units.
        pool: Candidates, in the units of the table.
        size: How many to propose.
        noise: In standard units.
        source: Where the candidates come from, in words.
        key: Random key.
    """
    candidates = data.standard(pool)
    size = min(size, len(pool))
    chosen = plan(model, pool=candidates, size=size, taken=data.x, key=key)
    together = np.concatenate([data.x, candidates[chosen.order]])
    everywhere = np.concatenate([data.x, candidates])
    after = guarantee(model, together, pool=everywhere, key=key)
    return NextSamples(
        inputs=data.table.inputs,
        x=pool[chosen.order],
        kappa=chosen.kappa,
        typical_error=after.noise_gain * noise * data.unit,
        candidates=len(pool),
        source=source,
        outside=outside(pool[chosen.order], data.table.x),
    )
