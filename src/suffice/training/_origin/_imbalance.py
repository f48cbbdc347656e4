"""The initial imbalance, which determines the limit of a small initialisation."""

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import ArrayLike, Float

from suffice._core import given, Inputs, Result
from suffice._core.literature import bases
from suffice.models import DeepNetwork, TwoLayer
from suffice.training._ensemble import stack

from ._at_zero import is_odd, NO_GROWTH, slope_at_zero
from ._linear_flow import linear_flow, normalised, samples
from ._two_factors import moments


@dataclasses.dataclass(frozen=True)
class Imbalance(Result):
    """The initial growth of a two-layer network from a small initialisation.

    For a single model the axis `runs` is absent.

    Attributes:
        gamma: `γ = Σᵢ wᵢ yᵢ xᵢ`, with a constant input 1 for biases; `(inputs,)`, or
            `(outputs, inputs)` for vector outputs; with a leading axis where the data
            of the members differ.
        rate: Growth rate `λ = |s'(0)| |γ|` of the escape from the origin.
        c: `C_k` of every neuron, `(*runs, width)`.
        direction: `C / |C|`, which alone determines the orbit and its limit.
        shift: `log(1 / |u|) / λ` with the growing part `u` of the parameters: curves
            of equal direction coincide when this is subtracted from time.
        ratio: `C_1 / C_2` for two neurons, else None.
        folded: `min(|ratio|, 1 / |ratio|)`: the ratio up to the order of the neurons
            and their signs; None unless there are two neurons and `s` is odd.
    """

    grounds = bases.GROWTH

    gamma: Float[np.ndarray, "..."]
    rate: Float[np.ndarray, "*runs"]
    c: Float[np.ndarray, "*runs width"]
    direction: Float[np.ndarray, "*runs width"]
    shift: Float[np.ndarray, "*runs"]
    ratio: Float[np.ndarray, "*runs"] | None
    folded: Float[np.ndarray, "*runs"] | None

    def headline(self) -> str:
        """The growth rate in one sentence."""
        low, high = float(np.min(self.rate)), float(np.max(self.rate))
        rates = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
        return (
            f"Small networks grow at the rate {rates} along {self.c.shape[-1]} "
            "imbalances C_k; their direction C/|C| decides the limit."
        )

    def shown(self) -> dict[str, Any]:
        """Direction, ratio and shift of a single model; nothing for an ensemble."""
        if self.c.ndim > 1:
            return {}
        numbers = ", ".join(f"{value:.4g}" for value in self.direction[:8])
        more = ", ..." if len(self.direction) > 8 else ""
        rows: dict[str, Any] = {"direction": f"({numbers}{more})"}
        if self.ratio is not None:
            rows["ratio"] = float(self.ratio)
        return rows | {"shift": float(self.shift)}


def imbalance(
    models: TwoLayer | DeepNetwork,
    x: Inputs,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
) -> Imbalance:
    r"""The initial imbalance of two-layer networks before training on given data.

    With the loss `½ Σᵢ wᵢ |f(xᵢ) - yᵢ|²` and `s(0) = 0`, all neurons leave the origin
    along the same direction and at the same rate:

        γ = Σᵢ wᵢ yᵢ xᵢ        λ = |s'(0)| |γ|
        C_k = sign(s'(0)) a_k |γ| + w_k · γ

    As the scale of the initialisation goes to zero, the limit of gradient flow depends
    on the initialisation only through `C / |C|`; for an odd activation it depends only
    on the absolute values, up to the order of the neurons.

    With several outputs `γ` is a matrix. Its largest singular value then replaces
    `|γ|`, and the pair of singular vectors replaces 1 and `γ / |γ|`; all `C_k` are
    determined up to a common sign.

    Args:
        models: A `TwoLayer` without output bias, a `DeepNetwork` of two layers without
            biases, or an ensemble of one of them.
        x: `n` inputs, shared or with a leading axis `runs`.
        y: Targets, `(n,)` or `(n, outputs)`, shared or with a leading axis `runs`.
        weights: Weights of the samples, `(n,)` or `(runs, n)`; None gives weight 1 to
            all.

    Returns:
        `γ`, the growth rate and the imbalance of every neuron.

    Raises:
        ValueError: The theorem does not apply: `s(0)` is not 0, `s'(0)` is 0, `γ` is
            0, there is an output bias, or the model does not have two layers.

    Source:
        arXiv:2405.13787, Theorem 1 (proved there for one output and `s'(0) = 1`); the
        factor `s'(0)`, several outputs and weights are derived and verified here.

    Examples:
        >>> template = sf.TwoLayer.normal(width=2, inputs=1, key=jax.random.key(0))
        >>> models = sf.ensemble(template, 4, key=jax.random.key(1))
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> print(sf.imbalance(models, x, np.tanh(x[:, 0])).headline())
        Small networks grow at the rate 6.953 along 2 imbalances C_k; ...
    """
    single = _is_single(models)
    if single:
        models = stack([models])
    data = samples(models, given(x, float), y, weights)
    flow = linear_flow(models, data)
    grown, log_size = normalised(flow.mode(0))
    rate = np.broadcast_to(flow.rates[:, 0], log_size.shape)
    slope = abs(slope_at_zero(models.activation))
    pair = grown.shape[1] == 2
    ratio = _ratio(grown) if pair else None
    result = Imbalance(
        gamma=_gamma(models, data),
        rate=np.array(rate),
        c=(math.sqrt(2) / slope * rate * np.exp(log_size))[:, None] * grown,
        direction=grown,
        shift=-log_size / rate,
        ratio=ratio,
        folded=_folded(ratio) if pair and is_odd(models.activation) else None,
    )
    return _first(result) if single else result


def _first(result):
    """The result of a single model, without the axis of members."""
    names = ("rate", "c", "direction", "shift", "ratio", "folded")
    values = {name: getattr(result, name) for name in names}
    first = {k: None if v is None else np.asarray(v[0]) for k, v in values.items()}
    return dataclasses.replace(result, **first)


def _is_single(models):
    if isinstance(models, TwoLayer):
        return models.w.ndim == 2
    if not isinstance(models, DeepNetwork):
        raise ValueError(
            f"models is a {type(models).__name__}; expected a TwoLayer, or a "
            "DeepNetwork of two layers."
        )
    if len(models.weights) != 2:
        raise ValueError(
            f"the network has {len(models.weights)} layers, {NO_GROWTH}; expected two."
        )
    return models.weights[0].ndim == 2


def _gamma(models, data):
    gamma = moments(models, data)
    gamma = gamma[:, 0] if gamma.shape[1] == 1 else gamma
    return gamma[0] if len(gamma) == 1 else gamma


def _ratio(pair):
    with np.errstate(divide="ignore"):
        return pair[:, 0] / pair[:, 1]


def _folded(ratio):
    small, large = np.minimum(abs(ratio), 1.0), np.maximum(abs(ratio), 1.0)
    return np.where(small < 1, small, 1 / large)
