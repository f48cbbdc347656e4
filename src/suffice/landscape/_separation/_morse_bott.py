"""Whether samples separate a global minimum from those that miss the target."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import ArrayLike, Float

from suffice._core import evaluate, given, require_float64, Result
from suffice._core.literature import bases
from suffice.landscape._branches._branch import Rate
from suffice.landscape._branches._narrow import samples_of
from suffice.landscape._branches._place import Standing, standing
from suffice.landscape._network._arrays import read
from suffice.landscape._network._attainable import attainable
from suffice.landscape._network._signals import extended
from suffice.models import TwoLayer
from suffice.tangent._shared import tangent_matrix

from ._certificates import condensed_certificate

Separation = Literal["separated", "not separated", "undecided"]


@dataclasses.dataclass(frozen=True)
class MorseBott(Result):
    """The loss on given samples in the neighbourhood of a global minimum.

    Attributes:
        holds: Whether the loss is Morse-Bott here: its zeros form a manifold near the
            point, and the Hessian is degenerate only along it. None if undecided.
        separation: `separated`: all zeros of the loss nearby express the target, and
            gradient flow from a neighbourhood recovers it. `not separated`: zeros
            nearby miss it, and recovery has probability zero. `undecided`.
        why: The theorem that decides, or what is missing for a decision.
        branch: Label of the type of branch.
        dimension: Dimension of the branch.
        codimension: Number of parameters minus the dimension.
        rank: Rank over all inputs, at generic points of the branch.
        rank_s: Rank of the tangent matrix on the samples, at this point.
        zeros: Dimension of the set of zeros of the loss near the point; None if
            undecided.
        samples: Number of samples `n`, where equal ones (and mirrored ones, if the
            activation ties their outputs) count once.
        rate: The decay of the loss nearby; None if undecided.
        slowest: Smallest positive eigenvalue of `JᵀJ`. If the decay is exponential, the
            loss falls like `e^(-2 slowest t)` under the gradient flow of half the sum
            of squares.
    """

    grounds = bases.MORSE_BOTT

    holds: bool | None
    separation: Separation
    why: str
    branch: str
    dimension: int
    codimension: int
    rank: int | None
    rank_s: int
    zeros: int | None
    samples: int
    rate: Rate | None
    slowest: float | None

    def headline(self) -> str:
        """Separated or not, and why."""
        return (
            f"On {self.samples} samples this point of branch ({self.branch}) is "
            f"{self.separation}: {self.why}."
        )


def morse_bott(
    point: TwoLayer,
    x: Float[np.ndarray, "n dim"],
    y: ArrayLike | None = None,
    *,
    tolerance: float = 0.0,
) -> MorseBott:
    r"""The form of the loss near parameters that express the target.

    - If the rank on the samples is the codimension of the branch, at a point that lies
      on one branch only, the loss is Morse-Bott and its zeros nearby are the branch.
    - If the rank is the number of samples (equal ones count once) and below the
      codimension, its zeros nearby are a manifold of larger dimension: nearly all of
      them miss the target.
    - Otherwise the Hessian is too degenerate; if merged neurons have equal signs, a
      condensed certificate can still separate them.

    Prefer `thresholds` for generic samples, and `local_recovery` where the result is
    undecided.

    Args:
        point: A network that is a global minimum.
        x: Samples, `(n, inputs)`.
        y: Labels, which the network must fit; None takes the values of the network.
        tolerance: Relative distance of weight vectors that count as equal.

    Returns:
        Whether the samples separate the point, with ranks and decay.

    Raises:
        ValueError: JAX is in float32 mode; samples have another shape; the point does
            not fit the labels; or the branches of the network are not known.

    Source:
        arXiv:2309.00508, Theorems 5.3 and 5.4, corrected: with as many samples as the
        codimension of a Morse-Bott branch, its points *are* separated. The condensed
        certificate is derived and verified here.

    Examples:
        >>> net = sf.TwoLayer(jnp.array([[1.0]]), jnp.array([1.0]))
        >>> x = np.array([[0.5], [1.0], [2.0]])
        >>> print(sf.landscape.morse_bott(net, x).headline())
        On 3 samples this point of branch (1; -) is separated: rank 2 on the samples is
        the codimension of the branch.
    """
    require_float64("The rank on samples")
    x = samples_of(point, x)
    _refuse_misfit(point, x, y)
    place = standing(point, tolerance=tolerance)
    kind, n = place.kind, _untied(point, x)
    measured = tangent_matrix(point, x)
    jac, spectrum = measured.matrix, measured.rank
    if not spectrum.confident:
        return _answer(
            place, n, spectrum.lower, None, "undecided",
            "the rank on the samples is in doubt: singular values "
            f"{spectrum.last_kept:.1e} and {spectrum.first_dropped:.1e} of the largest",
        )  # fmt: skip
    rank_s, codimension = spectrum.lower, kind.codimension
    slowest = float(np.linalg.svd(jac, compute_uv=False)[rank_s - 1] ** 2)
    if place.smooth and rank_s == codimension:
        why = f"rank {rank_s} on the samples is the codimension of the branch"
        return _answer(place, n, rank_s, slowest, "separated", why)
    if rank_s == n and (n < codimension or not place.smooth):
        why = f"{n} samples leave a manifold of zeros of dimension {jac.shape[1] - n}"
        return _answer(place, n, rank_s, slowest, "not separated", why)
    if place.alike and place.merged and not place.family.homogeneous:
        target = place.reduction.model
        certificate = condensed_certificate(target, x, merged=place.merged)
        if certificate.holds:
            why = f"a condensed certificate, {certificate.status}"
            return _answer(place, n, rank_s, None, "separated", why)
    return _answer(place, n, rank_s, None, "undecided", _open(place, n))


def _untied(point: TwoLayer, x: np.ndarray) -> int:
    """The number of samples, where those that are tied to others count once."""
    network = read(point)
    return attainable(network, extended(x, network.biases[0])).dimension


def _refuse_misfit(point, x, y) -> None:
    if y is None:
        return
    values, y = evaluate(point, x)[:, 0], given(y, float).ravel()
    if y.shape != values.shape:
        raise ValueError(f"y holds {y.size} labels and x {len(x)} samples.")
    miss = float(np.abs(values - y).max())
    if not miss <= 1e-8 * max(float(np.abs(y).max()), 1e-300):
        raise ValueError(
            f"the point misses a label by {miss:.2g}, so it is no global minimum of "
            "these data; polish it first, or use branches with loss='nonzero'."
        )


def _open(place: Standing, n: int) -> str:
    if not place.smooth:
        return "several branches pass through the point; local_recovery can measure it"
    if n >= place.kind.codimension:
        return (
            f"with n >= {place.kind.codimension} almost every point of this degenerate "
            "branch is separated, which no test decides for this one; local_recovery "
            "can measure it"
        )
    return (
        f"the rank is below both {n} samples and codimension "
        f"{place.kind.codimension}; local_recovery can measure it"
    )


def _answer(place: Standing, n, rank_s, slowest, separation, why) -> MorseBott:
    kind, parameters = place.kind, place.kind.dimension + place.kind.codimension
    quadratic = slowest is not None
    rate: Rate | None = "exponential" if quadratic else None
    if separation == "separated" and not quadratic:
        rate = "t^-2"
    holds = True if quadratic else (False if rate else None)
    zeros = parameters - rank_s if quadratic else (kind.dimension if rate else None)
    return MorseBott(
        holds=holds,
        separation=separation,
        why=why,
        branch=kind.label,
        dimension=kind.dimension,
        codimension=kind.codimension,
        rank=kind.rank,
        rank_s=rank_s,
        zeros=zeros,
        samples=n,
        rate=rate,
        slowest=slowest,
    )
