"""Local linear recovery: do these samples suffice for this target?"""

import dataclasses
import math
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Model, numpy_rng, Result
from suffice.models import (
    Domain,
    MatrixProduct,
    Points,
    RealSpace,
    SymmetricProduct,
)
from suffice.tangent import numerical_rank
from suffice.tangent._shared import describe, domain_of

from ._basis import count, tangent_basis, TangentBasis

POOL_SIZE = 1500


@dataclasses.dataclass(frozen=True)
class Guarantee(Result):
    """Whether samples determine a target among its tangent functions.

    Attributes:
        holds: Whether the target has the local linear recovery guarantee from these
            samples; None if float64 cannot decide the rank on the samples.
        rank_s: Rank of the tangent functions on the samples, `rank_S`.
        rank: Rank `R` of the target: the fewest scalar samples that can suffice.
        samples: Number of inputs.
        kappa: Amplification: the root mean square of every tangent function over the
            pool is at most `kappa` times that on the samples. Infinite without the
            guarantee.
        noise_gain: Root mean square error over the pool of the tangent least-squares
            fit, per unit of independent noise on each sample; infinite without the
            guarantee.
        missed: Directions that the samples do not see, as combinations of the
            parameters of the irreducible target, shape `(R - rank_S, p)`; None for
            a sketched model.
        status: Status of the rank `R`.
        domain: Domain of the inputs to which the answer belongs.
        note: Restrictions on the answer, or None.
    """

    holds: bool | None
    rank_s: int
    rank: int
    samples: int
    kappa: float
    noise_gain: float
    missed: Float[np.ndarray, "missed p"] | None
    status: str
    domain: str
    note: str | None = None

    def headline(self) -> str:
        """The verdict in one sentence."""
        if self.holds is None:
            return f"Undecided: {self.note}"
        verdict = "determine" if self.holds else "do not determine"
        return (
            f"These {self.samples} samples {verdict} the target locally: they see "
            f"{self.rank_s} of its {self.rank} tangent directions."
        )


def guarantee(
    target: Model,
    x: Any,
    *,
    pool: Any = None,
    domain: Domain | None = None,
    key: Key[Array, ""] | None = None,
) -> Guarantee:
    r"""Decide the local linear recovery guarantee of a target from samples.

    The guarantee holds exactly when `rank_S = R`, the rank of the target at its
    irreducible parameters. How well it holds is measured by

        κ = 1 / σ_min(Q_S / √n)

    with `Q_S` the values on the samples of an orthonormal basis, over a pool of inputs,
    of the tangent functions.

    Args:
        target: A model; its redundant neurons are merged first.
        x: `n` inputs stacked along the leading axis.
        pool: Inputs over which errors are averaged. Defaults to the whole domain if
            it is finite, else to 1500 normal inputs with the mean and the standard
            deviation of `x`.
        domain: Domain of the inputs; defaults to the target's own.
        key: Random key for the pool and for sampled ranks.

    Raises:
        ValueError: The rank of the target is undecided, `x` or `pool` is empty, not
            finite or no input of the target, or the pool does not tell all tangent
            functions apart.

    Source:
        arXiv:2406.18035, Lemma 7 and Theorem 1 (proved there); `kappa` is derived and
        verified here.

    Example:
        >>> target = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((3, 2))
        >>> sf.guarantee(target, x).holds
        True
    """
    key = jax.random.key(0) if key is None else key
    checked_inputs(target, x, "x")
    domain = domain_of(target, domain)
    if pool is None:
        pool = _pool_like(x, domain, key)
    else:
        checked_inputs(target, pool, "pool")
    basis = tangent_basis(target, pool, domain=domain, key=key)
    return judge(basis, x, domain)


def judge(basis: TangentBasis, x: Any, domain: Domain) -> Guarantee:
    """The guarantee from samples, for a given basis."""
    values = basis.evaluate(x)
    n, rank = count(x), basis.mixing.shape[1]
    matrix = values.reshape(math.prod(values.shape[:2]), rank)
    seen = numerical_rank(matrix)
    sigma = np.linalg.svd(matrix, compute_uv=False)
    whole = seen.value == rank
    return Guarantee(
        holds=whole if seen.confident else None,
        rank_s=seen.value,
        rank=rank,
        samples=n,
        kappa=float(np.sqrt(n) / sigma[-1] if rank else 0.0) if whole else np.inf,
        noise_gain=float(np.sqrt((sigma**-2.0).sum())) if whole else np.inf,
        missed=_missed(basis, matrix, seen.value),
        status=basis.rank.status,
        domain=describe(domain),
        note=_note(seen, domain),
    )


def checked_inputs(target: Model, x: Any, name: str) -> None:
    """Refuse inputs that are not finite, or that the model does not take.

    Raises:
        ValueError: No input, an entry that is NaN or infinite, or another shape than
            that of an input of the target, or an entry outside its matrix.
    """
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(x)]
    lengths = {leaf.shape[:1] for leaf in leaves}
    if len(lengths) != 1 or not min(lengths) or 0 in min(lengths):
        raise ValueError(
            f"{name} holds arrays of shapes {[leaf.shape for leaf in leaves][:5]}; "
            "expected at least one input, stacked along the leading axis of an array."
        )
    for leaf in leaves:
        bad = ~np.isfinite(leaf)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            raise ValueError(
                f"{name} has {int(bad.sum())} entries that are not finite, the first "
                f"at {where}; drop or repair these inputs."
            )
    own = getattr(target, "domain", None)
    if isinstance(own, RealSpace) and len(leaves) == 1:
        shape = (own.shape,) if isinstance(own.shape, int) else tuple(own.shape)
        if leaves[0].shape[1:] != shape:
            raise ValueError(
                f"{name} has shape {leaves[0].shape}; expected (n, "
                f"{', '.join(map(str, shape))}): one input of the target per row."
            )
    if isinstance(target, (MatrixProduct, SymmetricProduct)):
        _check_entries(leaves[0], target.shape, name)


def _check_entries(x: np.ndarray, shape: tuple[int, int], name: str) -> None:
    # JAX moves an index that is out of range to the nearest one, without a word.
    if x.ndim != 2 or x.shape[1] != 2 or x.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has shape {x.shape} and type {x.dtype}; expected (n, 2) integers, "
            "the row and the column of each entry."
        )
    outside = ((x < 0) | (x >= np.array(shape))).any(axis=1)
    if outside.any():
        first = tuple(x[np.argmax(outside)].tolist())
        raise ValueError(
            f"{name} holds the entry {first}, outside a matrix of shape {shape}; rows "
            "and columns count from 0."
        )


def _missed(basis, matrix, seen):
    if basis.key is not None:
        return None
    _, _, v = np.linalg.svd(matrix)
    return v[seen:] @ basis.mixing.T


def _note(seen, domain):
    if not seen.confident:
        return (
            f"singular values {seen.last_kept:.1e} and {seen.first_dropped:.1e} of the "
            "samples cannot be told apart in float64; the samples are nearly degenerate"
        )
    if isinstance(domain, Points):
        return (
            "the inputs are discrete: statements about almost every sample do not "
            "apply, and which samples are taken matters."
        )
    return None


def _pool_like(x, domain, key):
    if isinstance(domain, Points):
        return domain.x
    inputs = np.asarray(x, float)
    rng = numpy_rng(key)
    noise = rng.standard_normal((POOL_SIZE, *inputs.shape[1:]))
    spread = inputs.std(0)
    return inputs.mean(0) + np.where(spread > 0, spread, 1.0) * noise
