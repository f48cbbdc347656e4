"""Condensation: how many neurons and directions a trained network uses."""

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from suffice._core import Result
from suffice.models import TwoLayer

from ._at_zero import is_odd
from ._imbalance import Imbalance


@dataclasses.dataclass(frozen=True)
class Condensation(Result):
    """Active neurons and their directions, member by member.

    Attributes:
        norm: Norms of the neurons `(a_k, w_k, b_k)`, `(*runs, width)`.
        active: Which neurons have at least `threshold` times the largest norm.
        participation: `(Σ norm²)² / Σ norm⁴`: 1 if one neuron carries everything,
            the width if all carry the same.
        cosine: Cosines between the input weights of all neurons, biases included.
        directions: Number of directions among the active neurons.
        rank_correlation: Spearman's correlation between `|C_k|` at the start and the
            norm now; None without an imbalance, NaN where one of them is constant.
        threshold: Norm relative to the largest from which a neuron is active.
        angle: Degrees within which directions count as one.
    """

    norm: Float[np.ndarray, "*runs width"]
    active: Bool[np.ndarray, "*runs width"]
    participation: Float[np.ndarray, "*runs"]
    cosine: Float[np.ndarray, "*runs width width"]
    directions: Int[np.ndarray, "*runs"]
    rank_correlation: Float[np.ndarray, "*runs"] | None
    threshold: float
    angle: float

    def headline(self) -> str:
        """Active neurons and their directions in one sentence."""
        return (
            f"{_range(self.active.sum(-1))} of {self.norm.shape[-1]} neurons are "
            f"active, in {_range(self.directions)} directions."
        )

    def shown(self) -> dict[str, Any]:
        """Medians over the members."""
        rows = {"participation": float(np.median(self.participation))}
        if self.rank_correlation is not None:
            rows["rank_correlation"] = float(np.median(self.rank_correlation))
        return rows | {"threshold": self.threshold, "angle": self.angle}


def condensation(
    models: Any,
    *,
    imbalance: Imbalance | None = None,
    threshold: float = 0.1,
    angle: float = 5.0,
) -> Condensation:
    r"""Measure which neurons matter and how many directions they have.

    From a small initialisation only the neurons with the largest `|C_k|` grow, and
    they align: a wide network ends up as a narrow one. With an odd activation opposite
    directions count as one, since `(a, w)` and `(-a, -w)` are the same neuron.

    Args:
        models: A `TwoLayer`, or an ensemble of them.
        imbalance: Result of `imbalance` for the initialisation, for the correlation of
            `|C_k|` with the norms.
        threshold: A neuron is active from this norm on, relative to the largest.
        angle: In degrees. Active neurons whose directions differ by at most this angle,
            directly or through a chain of others, count as one direction.

    Raises:
        ValueError: Another class of model, an imbalance of other networks, or
            thresholds out of range.

    Source:
        arXiv:2405.13787, Figure 6 (active neurons), the other measures derived here.
    """
    if not isinstance(models, TwoLayer):
        raise ValueError(f"models is a {type(models).__name__}; expected a TwoLayer.")
    if not (0 <= threshold <= 1 and 0 <= angle <= 90):
        raise ValueError(
            f"threshold is {threshold} and angle is {angle}; expected 0 <= threshold "
            "<= 1 and 0 <= angle <= 90 degrees."
        )
    w, norm = _neurons(models)
    if imbalance is not None and imbalance.c.shape != norm.shape:
        raise ValueError(
            f"imbalance has C of shape {imbalance.c.shape}, but the models have "
            f"neurons {norm.shape}; expected the imbalance of the same ensemble."
        )
    active = (norm >= threshold * norm.max(axis=-1, keepdims=True)) & (norm > 0)
    length = np.hypot.reduce(w, axis=-1, keepdims=True)
    unit = w / np.where(length > 0, length, 1.0)
    cosine = np.clip(unit @ unit.mT, -1.0, 1.0)
    folded = np.abs(cosine) if is_odd(models.activation) else cosine
    close = folded >= math.cos(math.radians(angle)) - 1e-12
    square = (norm / np.maximum(norm.max(axis=-1, keepdims=True), 1e-300)) ** 2
    correlation = None if imbalance is None else _spearman(np.abs(imbalance.c), norm)
    return Condensation(
        norm=norm,
        active=active,
        participation=np.asarray(_participation(square)),
        cosine=cosine,
        directions=_count(close, active),
        rank_correlation=correlation,
        threshold=float(threshold),
        angle=float(angle),
    )


def _neurons(models):
    """Input weights with biases, `(*runs, width, inputs)`, and norms of neurons."""
    w, a = np.asarray(models.w, np.float64), np.asarray(models.a, np.float64)
    if models.b is not None:
        w = np.concatenate([w, np.asarray(models.b)[..., None]], axis=-1)
    outgoing = a[..., None, :] if a.ndim == w.ndim - 1 else a
    whole = np.concatenate([w, outgoing.mT], axis=-1)
    return w, np.hypot.reduce(whole, axis=-1)  # safe at any scale


def _participation(square):
    return square.sum(-1) ** 2 / np.maximum((square**2).sum(-1), 1e-300)


def _count(close, active):
    """Connected groups of active neurons."""
    width = active.shape[-1]
    counts = [
        connected_components(graph[np.ix_(used, used)], directed=False)[0]
        for graph, used in zip(
            close.reshape(-1, width, width), active.reshape(-1, width), strict=True
        )
    ]
    return np.array(counts, int).reshape(active.shape[:-1])


def _spearman(one, two):
    one, two = (rankdata(values, axis=-1) for values in (one, two))
    one, two = (ranks - ranks.mean(-1, keepdims=True) for ranks in (one, two))
    spread = np.sqrt((one**2).sum(-1) * (two**2).sum(-1))
    return np.where(
        spread > 0, (one * two).sum(-1) / np.maximum(spread, 1e-300), np.nan
    )


def _range(counts):
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"
