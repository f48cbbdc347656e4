"""The choice of samples: the smallest sufficient set, in the best order."""

import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key
from scipy.linalg import solve_triangular

from suffice._core import Inputs, Model, numerical_rank, Result, threads_for
from suffice._core.literature import bases
from suffice.models import Domain
from suffice.tangent._shared import RankStatus

from ._basis import count, tangent_basis
from ._inputs import checked_inputs, domain_around

# The size of a new direction, relative to the orthonormal basis, from which on it is
# chosen for its own sake. It only orders the samples; ranks are decided with errors.
NEW = 1e-9
# A squared length that fell below this share by subtractions is computed anew.
WORN = 1e-8
LEAST = float(np.finfo(float).tiny)
TIE = 1e-9  # relative difference of values that are equal but for rounding


@dataclasses.dataclass(frozen=True)
class Plan(Result):
    """An order in which to take samples from a pool; every prefix is a plan, too.

    Attributes:
        order: Indices into the pool, the most informative sample first.
        rank_s: Rank that float64 shows on each prefix together with the samples already
            taken; the true one can be larger where samples are nearly degenerate.
        kappa: Amplification after each prefix; infinite while the samples do not
            suffice.
        rank: Rank of the target.
        needed: Number of samples of the plan after which they suffice; 0 if the samples
            already taken suffice, None if the plan is too short.
        taken: Number of samples already taken.
        status: Status of the rank.
    """

    grounds = bases.GUARANTEE

    order: Int[np.ndarray, " size"]
    rank_s: Int[np.ndarray, " size"]
    kappa: Float[np.ndarray, " size"]
    rank: int
    needed: int | None
    taken: int
    status: RankStatus

    def headline(self) -> str:
        """The samples to measure, in one sentence."""
        if self.needed is None:
            return (
                f"{len(self.order)} more samples are too few: they see "
                f"{self.rank_s[-1]} of {self.rank} tangent directions."
            )
        if self.needed == 0:
            return (
                f"No sample is needed: the {self.taken} samples taken already see all "
                f"{self.rank} tangent directions."
            )
        more = "more " if self.taken else ""
        return (
            f"{self.needed} {more}samples suffice, in this order: "
            f"{', '.join(map(str, self.order[: self.needed]))}."
        )

    def shown(self) -> dict[str, Any]:
        """The rank, the numbers of samples, and the amplification at the end."""
        rows: dict[str, Any] = {
            "rank": self.rank,
            "taken before": self.taken,
            "planned": len(self.order),
        }
        if len(self.order):
            rows["kappa at the end"] = float(self.kappa[-1])
        return rows


def plan(
    target: Model,
    *,
    pool: Inputs,
    size: int | None = None,
    taken: Inputs | None = None,
    domain: Domain | None = None,
    key: Key[Array, ""] | None = None,
) -> Plan:
    r"""The smallest well-conditioned set of samples from a pool, in a nested order.

    Column pivoting on the orthonormal tangent basis chooses an input for each new
    direction. Fedorov exchanges then increase `log det(Q_S^T Q_S)`. Further samples are
    those with the largest leverage. Prefer `guarantee` to judge samples that exist
    already.

    Args:
        target: A model; its redundant neurons are merged first.
        pool: Candidate inputs stacked along the leading axis.
        size: Number of samples to choose; None takes the smallest sufficient number.
        taken: Inputs that were already measured; the plan continues from them.
        domain: Domain of the inputs; None takes the domain of the target or, where it
            has none, all real inputs of the shape of those in the pool.
        key: Random key of sampled ranks; None takes a fixed one.

    Returns:
        Indices into the pool, with rank and amplification after each. A sample of a
        model with several outputs counts once and gives all of them.

    Raises:
        ValueError: `size` is not between 1 and the size of the pool; inputs are not
            finite; the rank of the target is undecided; or the tangent functions are
            linearly dependent on the pool.

    Source:
        arXiv:2406.18035, Theorem 1 (existence of such samples); pivoting and exchange
        are verified here.

    Example:
        >>> target = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> pool = np.random.default_rng(0).standard_normal((20, 2))
        >>> sf.plan(target, pool=pool).needed
        3
    """
    pool = checked_inputs(target, pool, "pool")
    n = count(pool)
    if size is not None and not 1 <= size <= n:
        raise ValueError(f"size is {size}; expected 1 to {n}, the size of the pool.")
    key = jax.random.key(0) if key is None else key
    basis_pool = pool
    if taken is not None and count(taken) == 0:
        taken = None
    if taken is not None:
        taken = checked_inputs(target, taken, "taken")
        basis_pool = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), pool, taken)
    domain = domain_around(pool, target, domain)
    basis = tangent_basis(target, basis_pool, domain=domain, key=key)
    q, q_error = basis.values[:n], basis.errors[:n]
    start, start_error = _flat(basis.values[n:]), _flat(basis.errors[n:])
    rank = q.shape[2]
    with threads_for(rank):
        order = _ordered(q, start, size)
        rows = np.concatenate([start, _flat(q[order])])
        errors = np.concatenate([start_error, _flat(q_error[order])])
        ends = len(start) + q.shape[1] * np.arange(len(order) + 1)
        ranks = np.array([_shown(rows[:end], errors[:end]) for end in ends])
        kappas = _amplifications(rows, ends, ranks, q.shape[1])
    whole = np.flatnonzero(ranks == rank)
    return Plan(
        order=order,
        rank_s=ranks[1:],
        kappa=kappas[1:],
        rank=rank,
        needed=int(whole[0]) if whole.size else None,
        taken=0 if taken is None else count(taken),
        status=basis.rank.status,
    )


def _flat(q):
    return q.reshape(math.prod(q.shape[:-1]), q.shape[-1])


def _ordered(q, start, size):
    order = _pivoted(q, start, size)
    order = _exchanged(q, start, order)
    order = order[_pivoted(q[order], start, len(order))]
    if size is not None and size > len(order):
        order = _extended(q, start, order, size)
    return order


def _pivoted(q, start, size):
    """Repeatedly take the input with the largest component outside the span."""
    span = _orthonormal(start)
    weight = first = _squares(_outside(q, span))
    available = np.ones(len(q), bool)
    order: list[int] = []
    while len(order) < (len(q) if size is None else size) and len(span) < q.shape[2]:
        best = _largest(np.where(available, weight, -1.0))
        new = _orthonormal(_outside(q[best], span))
        if not len(new):
            break
        span = np.concatenate([span, new])
        weight = weight - _squares(_times(q, new))
        worn = weight < WORN * first
        weight[worn] = _squares(_outside(q[worn], span))
        order.append(best)
        available[best] = False
    return np.array(order, int)


def _largest(values) -> int:
    """The place of the largest value, the first of those that are equal to rounding.

    Designs have exact ties, which rounding must not decide differently on machines.
    """
    most = values.max()
    return int((values >= most - TIE * abs(most)).argmax())


def _outside(q, span):
    """The components of inputs that are orthogonal to orthonormal rows."""
    return q - _times(_times(q, span), span.T)


def _times(q, rows):
    """`q @ rows.T` in one product, which is faster than one for each input."""
    return (_flat(q) @ rows.T).reshape(*q.shape[:-1], len(rows))


def _squares(q):
    return np.einsum("ncr,ncr->n", q, q)


def _orthonormal(rows):
    if not len(rows):
        return rows
    _, sigma, v = np.linalg.svd(rows, full_matrices=False)
    return v[sigma > NEW * max(1.0, sigma.max(initial=0.0))]


def _exchanged(q, start, order, sweeps=20):
    """Exchange chosen inputs for others while the determinant grows (Fedorov 1972)."""
    order = order.copy()
    rows = np.concatenate([start, _flat(q[order])])
    if not len(order) or len(_orthonormal(rows)) < q.shape[2]:
        return order
    for _ in range(sweeps):
        before = order.copy()
        white = _whitened(q, np.concatenate([start, _flat(q[order])]))
        grown = _grown(white)
        for i, old in enumerate(order):
            gain = _gains(white, grown, white[old])
            gain[np.delete(order, i)] = -np.inf
            best = _largest(gain)
            if gain[best] > 1e-3:
                white = _updated(white, white[old], white[best])
                grown = _grown(white)
                order[i] = best
        if np.array_equal(order, before):
            break
    return order


def _extended(q, start, order, size):
    """Append inputs of largest leverage, given all inputs chosen before."""
    chosen = list(order)
    rows = np.concatenate([start, _flat(q[order])])
    ridge = np.sqrt(1e-9 * (rows**2).sum() / max(q.shape[2], 1))
    white = _whitened(q, np.concatenate([rows, ridge * np.eye(q.shape[2])]))
    nothing = np.zeros(q.shape[1:])
    while len(chosen) < size:
        gain = _gains(white, _grown(white), nothing)
        gain[chosen] = -np.inf
        chosen.append(_largest(gain))
        white = _updated(white, nothing, white[chosen[-1]])
    return np.array(chosen, int)


def _whitened(q, rows):
    """The inputs in coordinates in which the information `rows^T rows` is identity."""
    triangle = np.linalg.qr(rows, mode="r")
    return solve_triangular(triangle, _flat(q).T, trans="T").T.reshape(q.shape)


def _grown(white):
    """`I + q_i q_i^T` for each input `q_i`."""
    return np.eye(white.shape[1]) + np.einsum("ncr,ndr->ncd", white, white)


def _gains(white, grown, removed):
    """`log det(I - removed^T removed + q_i^T q_i)` for each input `q_i`."""
    across = _times(white, removed)
    corner = np.eye(len(removed)) - removed @ removed.T
    if len(corner) == 1:
        determinant = grown * corner + across**2
        return np.log(np.maximum(determinant, LEAST))[:, 0, 0]
    corner = np.broadcast_to(corner, (len(white), *corner.shape))
    block = np.block([[grown, -across], [across.swapaxes(1, 2), corner]])
    return np.linalg.slogdet(block)[1]


def _updated(white, removed, added):
    """The inputs, whitened again after an exchange."""
    moved, _ = np.linalg.qr(np.concatenate([removed, added]).T)
    out, into = removed @ moved, added @ moved
    values, vectors = np.linalg.eigh(
        np.eye(moved.shape[1]) - out.T @ out + into.T @ into
    )
    change = (vectors / np.sqrt(values)) @ vectors.T - np.eye(len(values))
    return white + _times(_times(white, moved.T), moved @ change)


def _shown(rows, errors):
    return numerical_rank(rows, error=errors).lower if len(rows) else 0


def _amplifications(rows, ends, ranks, outputs):
    """The amplification after each sample; infinite while the rank is not full."""
    whole = ranks == rows.shape[1]
    kappas = np.full(len(ends), np.inf)
    for k in np.flatnonzero(whole & (ends > 0)):
        least = np.linalg.svd(rows[: ends[k]], compute_uv=False)[-1:]
        kappas[k] = np.sqrt(ends[k] / outputs) / least.min(initial=np.inf)
    return kappas
