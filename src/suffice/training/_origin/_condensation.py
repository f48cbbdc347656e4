"""Condensation: how many neurons and directions a trained network uses."""

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import connected_components

from suffice._core import Model, Result
from suffice._core.literature import bases
from suffice.models import TwoLayer

from ._at_zero import is_odd
from ._imbalance import Imbalance


@dataclasses.dataclass(frozen=True)
class Condensation(Result):
    """Active neurons and their directions, for each member.

    Attributes:
        norm: Norms of the neurons `(a_k, w_k, b_k)`, `(*runs, width)`.
        active: For each neuron, whether its norm is at least `threshold` times the
            largest norm.
        participation: `(Σ norm²)² / Σ norm⁴`: 1 if only one neuron is nonzero, and the
            width if all norms are equal.
        cosine: Cosines between the input weights of all neurons, biases included.
        directions: Number of directions among the active neurons.
        rank_correlation: Spearman's correlation between `|C_k|` at the start and the
            norm now; None without an imbalance, NaN where one of them is constant.
        threshold: Norm, relative to the largest, above which a neuron is active.
        angle: Largest angle, in degrees, between directions that count as one.
    """

    grounds = bases.CONDENSED

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
    models: Model,
    *,
    imbalance: Imbalance | None = None,
    threshold: float = 0.1,
    angle: float = 5.0,
) -> Condensation:
    r"""The active neurons of two-layer networks and the number of their directions.

    From a small initialisation only the neurons with the largest `|C_k|` grow, and
    they align, so that a wide network becomes equivalent to a narrow one. With an odd
    activation opposite directions count as one, since `(a, w)` and `(-a, -w)` are the
    same neuron.

    Args:
        models: A `TwoLayer`, or an ensemble of them.
        imbalance: Result of `imbalance` for the initialisation; it is needed for the
            correlation of `|C_k|` with the norms.
        threshold: Norm, relative to the largest, above which a neuron is active; from
            0 to 1.
        angle: Angle in degrees, from 0 to 90. Active neurons whose directions differ by
            at most this angle, directly or through a chain of others, count as one
            direction.

    Returns:
        Norms, active neurons, and the number of directions of each member.

    Raises:
        ValueError: The model has another class; the imbalance belongs to other
            networks; `threshold` or `angle` is out of range.

    Source:
        arXiv:2405.13787, Figure 6 (active neurons); the other measures are derived
        here.

    Examples:
        >>> w = jnp.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
        >>> net = sf.TwoLayer(w, jnp.ones(3))
        >>> sf.training.condensation(sf.training.stack([net])).directions
        array([2])
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
    """The number of connected groups of active neurons."""
    width = active.shape[-1]
    counts = [
        connected_components(graph[np.ix_(used, used)], directed=False)[0]
        for graph, used in zip(
            close.reshape(-1, width, width), active.reshape(-1, width), strict=True
        )
    ]
    return np.array(counts, int).reshape(active.shape[:-1])


def _spearman(first, second):
    from scipy.stats import rankdata  # slow, and only this answer needs it

    first, second = (rankdata(values, axis=-1) for values in (first, second))
    first, second = (ranks - ranks.mean(-1, keepdims=True) for ranks in (first, second))
    spread = np.sqrt((first**2).sum(-1) * (second**2).sum(-1))
    return np.where(
        spread > 0, (first * second).sum(-1) / np.maximum(spread, 1e-300), np.nan
    )


def _range(counts):
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"
