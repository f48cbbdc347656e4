"""The sample sizes at which the recovery of a target changes."""

import dataclasses
from typing import Any, Literal

from jaxtyping import ArrayLike

from suffice._core import Model, Result
from suffice.models import Convolution, TwoLayer
from suffice.reduction import reduce
from suffice.samples import optimistic_sample_size, SampleSize

from ._codimension import (
    branch_codimension,
    condensed_size,
    has_branches,
    neuron_weights,
)

ThresholdStatus = Literal["proved", "published", "derived", "upper bound"]
LISTED = 8  # largest number of branches that are listed; of more, only the extremes
_LEMMA = "arXiv:2309.00508, Lemma 4.2"
_TABLE = "arXiv:2405.13787, Table 1"
_VERIFIED = "derived and verified here"


@dataclasses.dataclass(frozen=True)
class SeparationThreshold(Result):
    """One sample size and its meaning.

    Attributes:
        samples: Number of scalar samples, in generic position.
        name: Short name, for the legend of a figure.
        meaning: The property that begins at this sample size.
        status: `proved` or `published` in the source, `derived` (and verified
            numerically), or an `upper bound` of the true value.
        source: Paper and theorem.
        distinct: For a branch, the number of its distinct weight vectors.
    """

    samples: int
    name: str
    meaning: str
    status: ThresholdStatus
    source: str
    distinct: int | None = None

    def headline(self) -> str:
        """The sample size with its meaning."""
        return f"{self.samples}: {self.name}. {self.meaning}."


@dataclasses.dataclass(frozen=True)
class Thresholds(Result):
    """All sample sizes at which the recovery of a target in a model changes.

    Attributes:
        rows: Thresholds in increasing order.
        width: Width `m` of the model; None for a model without a single width.
        intrinsic: Width `k` of the irreducible target; None for such a model.
        optimistic: The optimistic sample size with its evidence.
        note: Restrictions, e.g. missing closed forms; or None.
    """

    rows: tuple[SeparationThreshold, ...]
    width: int | None
    intrinsic: int | None
    optimistic: SampleSize
    note: str | None = None

    @property
    def separation(self) -> dict[int, int]:
        """The separation sample sizes, by number of distinct weight vectors."""
        return {
            row.distinct: row.samples for row in self.rows if row.distinct is not None
        }

    def __getitem__(self, name: str) -> int:
        """The sample size with a name."""
        sizes = {row.name: row.samples for row in self.rows}
        if name not in sizes:
            raise KeyError(f"{name!r}; there are {', '.join(sizes)}")
        return sizes[name]

    def headline(self) -> str:
        """The smallest and the largest threshold, in one sentence."""
        if not self.rows:
            return self.optimistic.headline()
        first, last = self.rows[0], self.rows[-1]
        if len(self.rows) == 1:
            return f"Below {first.samples} samples the target is never determined."
        return (
            f"Below {first.samples} samples the target is never determined; "
            f"at {last.samples}: {last.name}."
        )

    def shown(self) -> dict[str, Any]:
        """One line per threshold."""
        lines = {
            row.name: f"{row.samples:>5}  {row.meaning} [{row.status}; {row.source}]"
            for row in self.rows
        }
        return lines | {"note": self.note}


def thresholds(
    target: Model | ArrayLike,
    width: int | None = None,
    *,
    model: Model | None = None,
) -> Thresholds:
    """The sample sizes at which the recovery of a target changes.

    Closed forms are known for two-layer networks with a scalar output and without
    output bias, whose neurons are independent unless their weights are equal or
    opposite. For other models the result contains only the optimistic sample size, and
    a note. Prefer `morse_bott` for given samples.

    Args:
        target: A model of any width that expresses the target, or a matrix.
        width: Width of the model in which the target is recovered; None takes the width
            of the target.
        model: The model in which it is recovered, if its architecture differs.

    Returns:
        The sample sizes with meanings and sources, in increasing order.

    Raises:
        ValueError: The model cannot express the target; see `optimistic_sample_size`.

    Source:
        arXiv:2309.00508 and arXiv:2405.13787 (branches), arXiv:2307.08921 (optimistic
        size); the rest is derived and verified here. Each row has its source.

    Examples:
        >>> target = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> print(sf.thresholds(target, 3).headline())
        Below 3 samples the target is never determined; at 9: parameters.
    """
    size = optimistic_sample_size(target, width=width, model=model)
    where = _as_two_layer(target, model)
    if where is None or not has_branches(where):
        return Thresholds(
            _first(size), width, None, size, "no closed form of the branches is known"
        )
    m = where.width if width is None else width
    k = reduce(where).widths[0] if model is None else _intrinsic(target)
    if k == 0:
        return Thresholds(
            _first(size), m, 0, size, "the branches of a constant are not listed"
        )
    rows = [*_first(size), *_branches(where, m, k), *_global(where, m, k)]
    note = _unlisted(m, k)
    ordered = tuple(sorted(rows, key=lambda row: row.samples))
    return Thresholds(ordered, m, k, size, note)


def _as_two_layer(target, model) -> TwoLayer | None:
    """The two-layer network whose branches matter: the model, else the target."""
    place = target if model is None else model
    return place if isinstance(place, TwoLayer) else None


def _intrinsic(target) -> int:
    if isinstance(target, Convolution):
        target = target.untied()
    return reduce(target).widths[0]


def _first(size: SampleSize) -> tuple[SeparationThreshold, ...]:
    if size.value is None:
        return ()
    bound = size.status == "upper bound"
    meaning = "fewer never determine the target to first order, this many can"
    return (
        SeparationThreshold(
            size.value,
            "optimistic",
            meaning,
            "upper bound" if bound else "proved",
            "arXiv:2406.18035, Theorem 1",
        ),
    )


def _branches(model: TwoLayer, m: int, k: int):
    """One row per number of distinct weight vectors, and one for a dead neuron."""
    weights, zero = neuron_weights(model), model.activation.rests_at_zero
    status, source = _known(zero, k)
    several = range(k, m + 1) if m - k < LISTED else (k, m)
    for r in several:
        samples = branch_codimension(r, width=m, intrinsic=k, weights=weights)
        yield SeparationThreshold(
            samples,
            _branch_name(r, m, k),
            "almost every parameter of this branch is separated",
            status,
            source,
            r,
        )
    if zero and m > k:
        yield SeparationThreshold(
            m - 1 + (k + 1) * weights,
            "one neuron dead",
            "s(0) = 0: the branch with a neuron of zero weights is separated",
            "derived",
            _VERIFIED,
        )


def _known(zero: bool, k: int) -> tuple[ThresholdStatus, str]:
    if not zero:
        return "proved", _LEMMA
    return ("published", _TABLE) if k == 1 else ("derived", _VERIFIED)


def _branch_name(r: int, m: int, k: int) -> str:
    if m == k:
        return "as wide as the target"
    if r == m:
        return "extra neurons silent"
    return "extra neurons merged" if r == k else f"{r} weight vectors distinct"


def _global(model: TwoLayer, m: int, k: int):
    weights = neuron_weights(model)
    parameters = m * (weights + 1)
    condensed = condensed_size(k, weights=weights)
    if m > k and condensed < branch_codimension(
        k, width=m, intrinsic=k, weights=weights
    ):
        yield SeparationThreshold(
            condensed,
            "merged with equal signs",
            "separated at any width, for almost every sample set",
            "derived",
            _VERIFIED,
        )
    whole = "every zero of the loss expresses the target, for almost every sample set"
    if model.activation.odd and k == 1:
        yield SeparationThreshold(parameters, "parameters", whole, "published", _TABLE)
        return
    isolated = "zeros of the loss that miss the target are isolated points"
    yield SeparationThreshold(parameters, "parameters", isolated, "derived", _VERIFIED)
    yield SeparationThreshold(
        parameters + 1, "identification", whole, "derived", _VERIFIED
    )


def _unlisted(m: int, k: int) -> str | None:
    if m - k < LISTED:
        return None
    return (
        f"{m - k - 1} branches between all extra neurons merged and all silent are "
        "not listed; branch_codimension gives each"
    )
