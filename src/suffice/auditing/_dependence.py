"""Whether a target depends on its inputs at all, tested against chance."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import scipy.optimize
import scipy.special
import scipy.stats
from jaxtyping import Array, Float, Key

from suffice._core import group_means, numpy_rng, percent, Result

from ._candidates import quadratic_features
from ._standard import Standard

SIGNIFICANT = 0.01
WEAK = 0.05
POWER = 0.8
SHUFFLES = 499


@dataclasses.dataclass(frozen=True)
class Dependence(Result):
    """A test of dependence of the target on the inputs.

    Attributes:
        p: Share of random orders of the targets that look at least as dependent, by
            the better of a linear and a quadratic model; None for too few samples.
        visible: Share of the variance from which a linear dependence would have been
            found with a probability of 80 %, at the level of 5 %; None for too few
            samples.
    """

    p: float | None
    visible: float | None

    @property
    def significant(self) -> bool:
        """Whether chance is ruled out at the level of 1 %."""
        return self.p is not None and self.p < SIGNIFICANT

    def headline(self) -> str:
        """Return the verdict in one sentence."""
        if self.p is None or self.visible is None:
            return "There are too few distinct inputs to test for a dependence."
        if self.p < SIGNIFICANT:
            return f"The target depends on the inputs (p = {self.p:.3g})."
        seen = "No dependence is seen"
        if self.p < WEAK:
            seen = f"There is a weak sign of a dependence (p = {self.p:.2g})"
        return (
            f"{seen}; one that explains {percent(self.visible)} of the variance would "
            "have been found with a probability of 80 %."
        )


def dependence(data: Standard, *, key: Key[Array, ""]) -> Dependence:
    """Compare the fit of simple models with their fit to shuffled targets.

    Repeated measurements enter by their mean, with the sum of their weights as weight.

    Args:
        data: The table in standard units.
        key: Random key of the shuffles.

    Source:
        The permutation test is exact for any noise that is independent of the inputs
        (Fisher), up to the estimated mean where weights differ (Freedman and Lane
        1983); the power is that of the F-test with Gaussian noise.
    """
    groups, weights = data.groups, data.weights
    root = np.sqrt(np.bincount(groups, weights))
    means = [group_means(column, groups, weights) for column in (*data.x.T, data.y)]
    x, y = np.stack(means[:-1], axis=1), means[-1]
    bases = list(_bases(x, root))
    if not bases:
        return Dependence(None, None)
    rng = numpy_rng(key)
    # Without a dependence these differ by their noise alone, which has one variance.
    target = root * (y - np.average(y, weights=root**2))
    shuffled = [target, *(rng.permutation(target) for _ in range(SHUFFLES))]
    shuffled = np.stack(shuffled, axis=1)
    chance = np.min([_chance(basis, shuffled, root) for basis in bases], axis=0)
    p = float(np.mean(chance <= chance[0]))
    return Dependence(p, _visible(bases[0].shape[1], len(y)))


def _bases(x, root) -> Iterator[Float[np.ndarray, "m terms"]]:
    """Orthonormal bases of the linear and the quadratic model, without constants."""
    constant = (root / np.linalg.norm(root))[:, None]
    quadratic = x.shape[1] * (x.shape[1] + 3) // 2
    designs = [x] if len(x) > x.shape[1] + 2 else []
    if quadratic <= len(x) / 2:
        designs.append(quadratic_features(x)[:, 1:])
    for design in designs:
        design = design * root[:, None]
        left, size, _ = np.linalg.svd(
            design - constant @ (constant.T @ design), full_matrices=False
        )
        yield left[:, size > 1e-10 * size[0]]


def _chance(basis, targets, root) -> np.ndarray:
    """Probability of as good a fit by chance, by the F-test, for every target."""
    total = (targets**2).sum(axis=0) - (root @ targets / np.linalg.norm(root)) ** 2
    explained = ((basis.T @ targets) ** 2).sum(axis=0)
    terms = basis.shape[1]
    freedom = len(basis) - terms - 1
    left = np.maximum(total - explained, 0.0) / np.maximum(total, np.finfo(float).tiny)
    return scipy.special.betainc(freedom / 2, terms / 2, np.minimum(left, 1.0))


def _visible(terms: int, m: int) -> float:
    freedom = m - terms - 1
    limit = scipy.stats.f.isf(WEAK, terms, freedom)

    def missing(share):
        moved = m * share / (1 - share)
        return scipy.stats.ncf.sf(limit, terms, freedom, moved) - POWER

    return float(scipy.optimize.brentq(missing, 1e-9, 1 - 1e-6))
