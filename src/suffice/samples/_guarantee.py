"""The local linear recovery guarantee: whether samples determine a target."""

import dataclasses
import math

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import (
    given,
    Inputs,
    Model,
    numerical_rank,
    numpy_rng,
    Result,
)
from suffice._core.literature import bases
from suffice.models import Domain, Points
from suffice.models._shared import recognised_on
from suffice.tangent import Rank, tangent_rank
from suffice.tangent._shared import describe, rank_on_points, RankStatus

from ._basis import count, tangent_bases, TangentBasis, UnseenError
from ._inputs import checked_inputs, domain_around
from ._irreducible import representatives

POOL_SIZE = 1500
_ROUNDED = (
    "the reduced parameters are rounded, and the rank on these samples depends on that."
)
_UNSEEN = "the other directions live in regions that the samples do not reach."
_OWN_POOL = (
    "errors are averaged over the samples themselves, since the pool does not show "
    "every tangent direction."
)


@dataclasses.dataclass(frozen=True)
class Guarantee(Result):
    """Whether samples determine a target among its tangent functions.

    Attributes:
        holds: Whether the target has the local linear recovery guarantee from these
            samples; None if the rank on the samples is undecided.
        rank_s: Rank of the tangent functions on the samples, `rank_S`.
        rank: Rank `R` of the target at the parameters of the verdict: the smallest
            number of scalar samples that can suffice there. A lower bound of it where
            `status` is `at least`.
        samples: Number of inputs.
        kappa: Amplification: the root mean square of every tangent function over the
            pool is at most `kappa` times that on the samples. Infinite if the guarantee
            does not hold.
        noise_gain: Root mean square error over the pool of the tangent least-squares
            fit, per unit of independent noise on each sample; infinite if the guarantee
            does not hold.
        missed: Tangent directions that vanish on the samples, as combinations of the
            parameters of the verdict, shape `(R - rank_S, p)`; None for a sketched
            model.
        status: Status of the rank `R`.
        domain: The inputs to which the answer refers, in words.
        note: Restrictions on the answer, or None.
    """

    grounds = bases.GUARANTEE

    holds: bool | None
    rank_s: int
    rank: int
    samples: int
    kappa: float
    noise_gain: float
    missed: Float[np.ndarray, "missed p"] | None
    status: RankStatus
    domain: str
    note: str | None = None

    def headline(self) -> str:
        """The verdict in one sentence."""
        if self.holds is None:
            return f"Undecided: {self.note}"
        verdict = "determine" if self.holds else "do not determine"
        least = "at least " if self.status == "at least" else ""
        return (
            f"These {self.samples} samples {verdict} the target locally: they see "
            f"{self.rank_s} of its {least}{self.rank} tangent directions."
        )


def guarantee(
    target: Model,
    x: Inputs,
    *,
    pool: Inputs | None = None,
    domain: Domain | None = None,
    key: Key[Array, ""] | None = None,
) -> Guarantee:
    r"""Whether samples determine a target locally, and how well.

    The guarantee holds exactly if `rank_S = R`, the rank of the target, at its
    irreducible parameters or at others with the same function. Its quality is measured
    by

        κ = 1 / σ_min(Q_S / √n)

    where `Q_S` are the values on the samples of a basis of the tangent functions that
    is orthonormal over a pool of inputs. Prefer `plan` if the samples can still be
    chosen.

    Args:
        target: A model; its redundant neurons are merged first. Where other parameters
            with the same function are known, the samples may suffice for any of them.
        x: `n` inputs stacked along the leading axis.
        pool: Inputs over which errors are averaged. None takes the whole domain if it
            is finite, else 1500 normal inputs with the mean and the standard deviation
            of `x`, or `x` itself where these do not show every tangent direction.
        domain: Domain of the inputs; None takes the domain of the target or, where it
            has none, all real inputs of the shape of those in `x`.
        key: Random key of the pool and of sampled ranks; None takes a fixed one.

    Returns:
        The verdict with the ranks, `kappa` and the missed directions. For a ReLU
        network it rests on exact ranks; it is undecided where samples on a kink, which
        have no derivative, could make the difference.

    Raises:
        ValueError: A pool is given and the rank of the target is undecided, or the
            tangent functions are linearly dependent on the pool; `x` or `pool` is
            empty, not finite or has another shape than inputs of the target.

    Source:
        arXiv:2406.18035, Lemma 7 and Theorem 1 (proved there); `kappa` is derived and
        verified here.

    Examples:
        >>> target = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> x = np.random.default_rng(0).standard_normal((3, 2))
        >>> sf.guarantee(target, x).holds
        True
    """
    key = jax.random.key(0) if key is None else key
    x = checked_inputs(target, x, "x")
    domain = domain_around(x, target, domain)
    if pool is not None:
        pool = checked_inputs(target, pool, "pool")
    own = _pool_like(x, domain, key) if pool is None else pool
    try:
        bases = tangent_bases(target, own, domain=domain, key=key)
    except UnseenError as unseen:
        verdict = None if pool is not None else _without_pool(target, x, domain, key)
        if verdict is None:
            raise unseen
        return verdict
    given = recognised_on(target, domain)
    return _best([_judge(basis, x, domain, given, key) for basis in bases])


def _best(verdicts: list[Guarantee]) -> Guarantee:
    order = {True: 0, None: 1, False: 2}
    return min(verdicts, key=lambda verdict: order[verdict.holds])


def _without_pool(target: Model, x: Inputs, domain: Domain, key) -> Guarantee | None:
    """The guarantee where the pool does not show every tangent direction.

    The samples may show them all themselves; they then take the place of the pool. If
    they do not, exact ranks say so, and so do bounds of a rank that is not decided.
    None where the rank is decided, but not exactly known on the samples.
    """
    given = recognised_on(target, domain)
    try:
        bases = tangent_bases(target, x, domain=domain, key=key)
    except UnseenError:
        models = representatives(target, domain)
        known = [_by_ranks(model, x, domain, key) for model in models]
        verdicts = [verdict for verdict in known if verdict is not None]
        return _best(verdicts) if len(verdicts) == len(known) else None
    verdict = _best([_judge(basis, x, domain, given, key) for basis in bases])
    return dataclasses.replace(verdict, note=verdict.note or _OWN_POOL)


def _by_ranks(model: Model, x: Inputs, domain: Domain, key) -> Guarantee | None:
    """A verdict from ranks alone, unless the samples show every direction."""
    rank = tangent_rank(model, domain=domain, key=key)
    seen = rank_on_points(model, x)
    if seen is None and rank.value is None:
        seen = tangent_rank(model, domain=Points(x), key=key)
    if seen is None or seen.lower == rank.value:
        return None
    note = seen.note or _UNSEEN
    if rank.value is None:
        note = f"the samples show {seen.lower} tangent directions. {rank.headline()}"
    return Guarantee(
        holds=False if seen.upper < rank.lower else None,
        rank_s=seen.lower,
        rank=rank.lower,
        samples=count(x),
        kappa=np.inf,
        noise_gain=np.inf,
        missed=None,
        status=rank.status,
        domain=describe(domain),
        note=note,
    )


def _judge(
    basis: TangentBasis, x: Inputs, domain: Domain, given: Model, key
) -> Guarantee:
    """The guarantee from samples, for a given basis of the tangent functions."""
    values, error = basis.measured(x)
    n, rank = count(x), basis.mixing.shape[1]
    shape = math.prod(values.shape[:2]), rank
    matrix = values.reshape(shape)
    spectrum = numerical_rank(matrix, error=error.reshape(shape))
    seen = _exact(basis.model, given, x, spectrum)
    if seen is None and spectrum.lower < min(shape):
        seen = tangent_rank(basis.model, domain=Points(x), key=key)
    low = high = spectrum.lower
    if seen is not None:
        low, high = _between(seen)
    sigma = np.linalg.svd(matrix, compute_uv=False)
    whole = low == rank
    decided = whole or high < rank
    return Guarantee(
        holds=whole if decided else None,
        rank_s=low,
        rank=rank,
        samples=n,
        kappa=float(np.sqrt(n) / sigma[-1] if rank else 0.0) if whole else np.inf,
        noise_gain=float(np.sqrt((sigma**-2.0).sum())) if whole else np.inf,
        missed=_missed(basis, matrix, low),
        status=basis.rank.status,
        domain=describe(domain),
        note=seen.note if seen and not decided else _note(decided, spectrum, domain),
    )


def _between(seen: Rank) -> tuple[int, int]:
    """The bounds of a rank; a measured one is decided, though `upper` is not met."""
    if seen.value is None:
        return seen.lower, seen.upper
    return seen.value, seen.value


def _exact(model: Model, given: Model, x: Inputs, spectrum) -> Rank | None:
    """The exact rank of a network on the samples, or bounds of it.

    Parameters that a reduction rounded move samples off kinks, and undo coincidences
    of samples and parameters. Then the singular values have to agree.
    """
    seen = rank_on_points(model, x)
    if seen is None or bool(eqx.tree_equal(model, given)):
        return seen
    before = rank_on_points(given, x)
    agree = spectrum.confident and spectrum.value == seen.value
    if agree and before is not None and before.status == "exact":
        return seen
    return dataclasses.replace(seen, lower=0, upper=seen.parameters, note=_ROUNDED)


def _missed(basis, matrix, rank_s):
    if basis.key is not None:
        return None
    _, _, v = np.linalg.svd(np.linalg.qr(matrix, mode="r"))
    return v[rank_s:] @ basis.mixing.T


def _note(decided, spectrum, domain):
    if not decided:
        return (
            f"singular values {spectrum.last_kept:.1e} and "
            f"{spectrum.first_dropped:.1e} of the samples cannot be told apart in "
            "float64; the samples are nearly degenerate"
        )
    if isinstance(domain, Points):
        return (
            "the inputs are discrete, so statements about almost every sample do not "
            "apply, and the answer depends on the choice of the samples."
        )
    return None


def _pool_like(x, domain, key):
    if isinstance(domain, Points):
        return domain.x
    inputs = given(x, float)
    rng = numpy_rng(key)
    noise = rng.standard_normal((POOL_SIZE, *inputs.shape[1:]))
    spread = inputs.std(0)
    return inputs.mean(0) + np.where(spread > 0, spread, 1.0) * noise
