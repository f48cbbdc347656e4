"""The linear phase of training near the origin, computed in one step."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import ArrayLike, Float

from suffice._core import Hidden, Inputs, Model, Result
from suffice._core.literature import bases

from ._linear_flow import linear_flow, LinearFlow, normalised, samples

_EQUAL = 1e-9  # growth rates with a smaller relative difference are equal


@dataclasses.dataclass(frozen=True)
class OriginEscape(Result):
    """An ensemble after the linear phase of its training.

    Attributes:
        models: The ensemble at the end of the linear phase.
        time: Duration of the linear phase of each member; 0 for one that did not move.
        rate: Largest growth rate at the origin, for each member.
        until: Norm of the growing part of each member that moved.
    """

    grounds = bases.ORBITS

    models: Hidden[Any]
    time: Float[np.ndarray, " runs"]
    rate: Float[np.ndarray, " runs"]
    until: float

    @property
    def moved(self) -> np.ndarray:
        """For each member, whether it was moved."""
        return self.time > 0

    def headline(self) -> str:
        """The number of members that moved, and their times, in one sentence."""
        return (
            f"{int(self.moved.sum())} of {len(self.time)} members were moved along the "
            f"linear flow, for times up to {self.time.max():.4g}."
        )


def escape(
    models: Model,
    x: Inputs,
    y: ArrayLike,
    *,
    until: float,
    weights: ArrayLike | None = None,
) -> OriginEscape:
    r"""The state of gradient flow after a small initialisation has grown.

    Near the origin gradient flow is linear, `dθ/dt = -H θ` with the Hessian `H` of the
    loss there, and the eigenvectors of `H` give its exact solution. No accuracy is lost
    at scales of 1e-20, 1e-100 or 1e-300, where an integrator would need very many
    steps. For two-layer networks and products of two matrices the eigenvectors come
    from the singular vectors of `Σᵢ wᵢ yᵢ xᵢᵀ`; for any other model with at most 500
    parameters, from its Hessian. Continue with `train` from the result; `limit_start`
    gives the limit of scale zero.

    For an odd activation or a matrix product the neglected terms are cubic in the
    parameters, so that the relative error is of order `until²`; for other activations
    it is of order `until`. A member whose norm is at least `until`, or that has no
    growing part, is not moved.

    Args:
        models: An ensemble, as `ensemble` returns it.
        x: `n` inputs, shared or with a leading axis `runs`.
        y: Targets, `(n,)` or `(n, outputs)`, shared or with a leading axis `runs`.
        until: Norm of the growing part of the parameters at the end of the linear
            phase, above 0; for example 1e-3.
        weights: Weights of the samples, `(n,)` or `(runs, n)`; None gives weight 1 to
            all.

    Returns:
        The ensemble at the end of the linear phase, with its times and growth rates.

    Raises:
        ValueError: The origin is not a critical point of the loss; no direction grows
            there; the model has another form and more than 500 parameters; or `until`
            is not positive.

    Source:
        Linearisation at the origin: arXiv:2405.13787, Theorem 3; closed forms for
        finite scale derived and verified here.

    Examples:
        >>> net = sf.TwoLayer(1e-3 * jnp.ones((1, 1)), 1e-3 * jnp.ones(1))
        >>> x = np.array([[1.0], [2.0]])
        >>> nets = sf.training.stack([net])
        >>> escaped = sf.training.escape(nets, x, x[:, 0], until=0.1)
        >>> float(escaped.rate[0].round(6)), escaped.models.w.round(4).ravel().tolist()
        (5.0, [0.0707])
    """
    flow = _flow(models, x, y, weights, until, "until")
    growing = np.maximum(flow.rates, 0.0)
    shares = flow.directions.mT @ flow.z
    _, log_share = normalised(shares.reshape(-1, shares.shape[-1]))
    log_share = np.where(growing > 0, log_share.reshape(shares.shape[:2]), -np.inf)
    _, log_norm = normalised(flow.z)
    moves = (log_norm < np.log(until)) & (log_share.max(axis=1) > -np.inf)
    time = np.zeros(len(moves))
    rates = np.broadcast_to(flow.rates, log_share.shape)
    time[moves] = _time_to_reach(np.log(until), log_share[moves], rates[moves])
    with np.errstate(over="ignore"):
        factor = np.where(shares.any(axis=2), np.expm1(rates * time[:, None]), 0.0)
    z = flow.z + flow.directions @ (factor[:, :, None] * shares)
    rate = np.array(rates[:, 0])
    return OriginEscape(flow.rebuild(z), time, rate, float(until))


def limit_start(
    models: Model,
    x: Inputs,
    y: ArrayLike,
    *,
    delta: float,
    weights: ArrayLike | None = None,
) -> Any:
    r"""A start close to the origin on the gradient flow from an infinitely small scale.

    As the scale of an initialisation goes to zero, only the part that grows fastest
    remains when the parameters have reached a norm `δ`:

        θ = δ P θ₀ / |P θ₀|

    with the projector `P` onto the fastest growing directions. For a two-layer network
    with one output this is, with the imbalance `C` and `γ` of `imbalance`,

        (a_k, w_k) = δ / √2 · C_k / |C| · (sign s'(0), γ / |γ|)

    The limit of gradient flow from there differs from the limit at scale zero by
    `O(δ²)` for odd activations and matrix products, by `O(δ)` for others. If that flow
    ends in a saddle (as it usually does for a product of matrices), training from a
    small but finite initialisation continues beyond the saddle, but this flow does not;
    then use `escape`.

    Args:
        models: An ensemble; only the direction of each parameter vector matters.
        x: `n` inputs, shared or with a leading axis `runs`.
        y: Targets, `(n,)` or `(n, outputs)`, shared or with a leading axis `runs`.
        delta: Norm of the parameters at the start, above 0; for example 1e-3.
        weights: Weights of the samples, `(n,)` or `(runs, n)`; None gives weight 1 to
            all.

    Returns:
        An ensemble of the same form, with parameters of norm `delta`.

    Raises:
        ValueError: The errors of `escape`, or a member has no growing part.

    Source:
        arXiv:2405.13787, Theorem 1; this start and its error are derived and verified
        here.

    Examples:
        >>> net = sf.TwoLayer(jnp.ones((1, 1)), 3 * jnp.ones(1))
        >>> x = np.array([[1.0], [2.0]])
        >>> models = sf.training.stack([net])
        >>> start = sf.training.limit_start(models, x, x[:, 0], delta=1e-3)
        >>> np.round([start.w[0, 0, 0] / 1e-3, start.a[0, 0] / 1e-3], 4)  # balanced
        array([0.7071, 0.7071])
    """
    flow = _flow(models, x, y, weights, delta, "delta")
    top = flow.rates >= (1 - _EQUAL) * flow.rates[:, :1]
    z, _ = normalised(flow.z)
    part = flow.directions @ (top[:, :, None] * (flow.directions.mT @ z))
    unit, log_norm = normalised(part)
    if np.isneginf(log_norm).any():
        raise ValueError(
            f"member {int(np.argmin(log_norm))} has no part that grows at the origin "
            "(its imbalance C is zero); draw it again."
        )
    return flow.rebuild(delta * unit)


def _flow(models, x, y, weights, size, name) -> LinearFlow:
    if not 0 < size < np.inf:
        raise ValueError(f"{name} is {size}; expected a finite number > 0.")
    return linear_flow(models, samples(models, x, y, weights))


def _time_to_reach(log_until, log_share, rates):
    """Solve `Σ_j exp(2 (λ_j t + log_share_j)) = until²`, member by member.

    The logarithm of the sum is convex and increasing in `t`. Newton's method starts to
    the right of the solution, at the time when one mode alone would reach it, and
    decreases monotonically.
    """
    rates = np.where(np.isfinite(log_share), rates, 1.0)
    time = ((log_until - log_share) / rates).min(axis=1)
    for _ in range(60):
        exponents = 2 * (rates * time[:, None] + log_share)
        largest = exponents.max(axis=1, keepdims=True)
        terms = np.exp(exponents - largest)
        total = terms.sum(axis=1)
        excess = 0.5 * (largest[:, 0] + np.log(total)) - log_until
        time = time - excess * total / (terms * rates).sum(axis=1)
    return time
