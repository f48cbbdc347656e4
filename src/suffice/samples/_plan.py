"""The choice of samples: the smallest sufficient set, in the best order."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Inputs, Model, numerical_rank, Result, threads_for
from suffice._core.literature import bases
from suffice.models import Domain
from suffice.tangent._shared import RankStatus

from ._basis import count, tangent_basis
from ._inputs import checked_inputs, domain_around
from ._order import flat, ordered


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

    Examples:
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
    start, start_error = flat(basis.values[n:]), flat(basis.errors[n:])
    rank = q.shape[2]
    with threads_for(rank):
        order = ordered(q, start, size)
        rows = np.concatenate([start, flat(q[order])])
        errors = np.concatenate([start_error, flat(q_error[order])])
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
