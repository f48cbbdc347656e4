"""The branches of the parameters of a wider network that have one function."""

import dataclasses
import itertools
import operator
from collections import Counter
from typing import Any, Literal

from suffice._core import Hidden, plural, Result
from suffice._core.literature import bases
from suffice.models import Activation, TwoLayer

from ._arrangement import Branch, branches_of
from ._branch import branch_shapes, BranchType, described
from ._codimension import branch_codimension, condensed_size
from ._counts import (
    branch_count,
    fewest_types,
    saddle_branch_count,
    saddle_type_count,
)
from ._family import ActivationFamily, family, family_of, GENERIC
from ._narrow import irreducible
from ._saddle_branch import saddle_branches_of, saddle_types, SaddleBranchType

Loss = Literal["zero", "nonzero"]
TYPES, LISTED, LINES = 20_000, 2_000, 40
COUNTED = 1000  # the largest width: its counts have thousands of digits


@dataclasses.dataclass(frozen=True)
class Branches(Result):
    """The branches of the set of parameters that have one function.

    Attributes:
        count: Exact number of branches.
        intrinsic: Number of neurons `k` of the function.
        width: Number of neurons `m` of the model.
        family: The identities of neurons with this activation.
        loss: `zero`: the function is the target, and all of its parameters are global
            minima. `nonzero`: it is the function of a critical point with positive
            loss.
        parameters: Number of parameters `N = m (D + 1)`.
        types: Types of branches up to a permutation of neurons, with their counts; None
            if there are more than the limit.
        listed: All single branches, each as the places of its neurons; None if there
            are more than the limit.
        connected: Whether the union of all branches is connected; None if this is not
            known.
        thresholds: At zero loss, names and sample sizes at which properties change.
        source: The statement behind the list of branches.
        note: What is omitted, and why; or None.
    """

    count: int
    intrinsic: int
    width: int
    family: ActivationFamily
    loss: Loss
    parameters: int
    types: tuple[BranchType, ...] | tuple[SaddleBranchType, ...] | None
    listed: Hidden[tuple[Branch, ...] | None]
    connected: bool | None
    thresholds: dict[str, int]
    source: str
    note: str | None = None

    @property
    def by_dimension(self) -> dict[int, int]:
        """The number of branches of each dimension, the largest dimension first."""
        tally: Counter[int] = Counter()
        for kind in self.types or ():
            tally[kind.dimension] += kind.count
        return dict(sorted(tally.items(), reverse=True))

    def headline(self) -> str:
        """The number of branches, in one sentence."""
        name = "global minima" if self.loss == "zero" else "critical points"
        neurons = plural(self.intrinsic, "neuron")
        return (
            f"{self.count} branches of {name} at width {self.width} share a function "
            f"of {neurons} ({self.family.name}, {self.parameters} parameters)."
        )

    def shown(self) -> dict[str, Any]:
        """Thresholds, and one line for each of the first types."""
        rows: dict[str, Any] = dict(self.thresholds)
        if self.connected is not None:
            rows["connected"] = self.connected
        few = (self.types or ())[:LINES]
        rows |= {f"{kind.count} x ({kind.label})": kind.words() for kind in few}
        hidden = len(self.types or ()) - len(few)
        if hidden > 0:
            rows["..."] = f"{hidden} more types; see --json or .types for all"
        return rows | {"source": self.source, "note": self.note}

    def derived(self) -> dict[str, Any]:
        """The single branches, with one word per neuron, and their dimensions."""
        listed = self.listed
        words = listed and [" ".join(map(str, branch)) for branch in listed]
        return {"listed": words, "by_dimension": self.by_dimension}


def branches(
    target: TwoLayer | int,
    width: int,
    *,
    loss: Loss = "zero",
    activation: str | Activation = GENERIC,
    inputs: int = 2,
    bias: bool = False,
    components: int = 1,
    types: int = TYPES,
    listed: int = LISTED,
) -> Branches:
    r"""The branches of the parameters of a wider network that have one function.

    At zero loss each neuron is part of a target neuron, belongs to a *null block* (of
    neurons with equal input weights, whose output weights cancel), or is silent. At
    nonzero loss a neuron that is part of no target neuron must have output weight zero,
    and its weight vector must be a zero of the residual function

        φ(w) = Σᵢ eᵢ s(w · xᵢ)

    No branch contains another. Branches intersect where output weights vanish or weight
    vectors coincide; see `intersection_graph`.

    Counts are exact for all widths. Dimension and rank are those of generic points, for
    generic targets.

    Args:
        target: A two-layer network, which is reduced first, or the number of neurons of
            an irreducible network.
        width: Width of the model.
        loss: `zero` if the function is the target, `nonzero` if it is that of a
            critical point with a loss above the least that the inputs allow, so that
            `φ` is not zero everywhere (see `Classification.unavoidable`).
        activation: Used if `target` is a number: `generic` (no identity, `s(0) != 0`,
            no root), a name, or an `Activation`.
        inputs: Number of inputs, used if `target` is a number.
        bias: Whether neurons have an input bias, used if `target` is a number.
        components: At nonzero loss, the number of connected components with positive
            dimension of the zero set of `φ` (of both signs).
        types: Largest number of types that are listed; more are not listed.
        listed: Largest number of single branches that are listed; more are not listed.

    Returns:
        The number of branches, their types, and the sample sizes that separate them.

    Raises:
        ValueError: The width is below that of the function or above 1000, or linear
            dependences among its neurons are not known.

    Source:
        Zero loss: arXiv:2309.00508 and Simsek et al. 2021; non-zero loss:
        arXiv:2405.17501, Theorem 5.1. Odd, even, logistic- and softplus-type
        activations and biases are derived and verified here.

    Examples:
        >>> sf.branches(1, width=2).count
        3
    """
    if isinstance(target, TwoLayer):
        k, kind = irreducible(target).widths[0], family_of(target)
    else:
        k, kind = target, family(activation, inputs, bias=bias)
    _check(k, width, loss, components)
    if loss == "nonzero":
        return _saddles(k, width, kind, components, types, listed)
    return _minima(k, width, kind, types, listed)


def _check(k, width, loss, components) -> None:
    if k < 1:
        raise ValueError(
            f"the intrinsic width is {k}, so the function is zero; expected at least 1."
        )
    if width < k:
        raise ValueError(
            f"width is {width}, below the intrinsic width {k}, so no parameters have "
            f"this function; give a width of at least {k}."
        )
    if loss not in ("zero", "nonzero"):
        raise ValueError(f"loss is {loss!r}; expected 'zero' or 'nonzero'.")
    if not 0 <= components <= COUNTED:
        raise ValueError(f"components is {components}; expected 0 to {COUNTED}.")
    if width > COUNTED:
        raise ValueError(
            f"width is {width}; expected at most {COUNTED}, since the exact numbers of "
            "branches grow like the factorial of the width."
        )


def _minima(k, m, kind: ActivationFamily, types: int, listed: int) -> Branches:
    count = branch_count(kind, k, m)
    shapes = _limited(branch_shapes(kind, k, m), types, fewest_types(k, m))
    kinds = None if shapes is None else [described(kind, *shape) for shape in shapes]
    single_branches = _limited(branches_of(kind, k, m), listed, count)
    connected = True if kind.coupling == "nothing" and m > k else None
    return Branches(
        count=count,
        intrinsic=k,
        width=m,
        family=kind,
        loss="zero",
        parameters=m * (kind.weights + 1),
        types=_by_size(kinds),
        listed=single_branches,
        connected=count == 1 if m == k else connected,
        thresholds=_sizes(k, m, kind),
        source=str(bases.SHARED),
        note=_left_out(kinds, single_branches, types, listed),
    )


def _sizes(k, m, kind: ActivationFamily) -> dict[str, int]:
    """The sample sizes that concern all branches together."""
    weights, parameters = kind.weights, m * (kind.weights + 1)
    if kind.homogeneous:
        return {"optimistic": k * weights}
    sizes = {
        "optimistic": k * (weights + 1),
        "generic_separation": branch_codimension(
            m, width=m, intrinsic=k, weights=weights
        ),
    }
    if m > k:
        sizes["condensed_separation"] = branch_codimension(
            k, width=m, intrinsic=k, weights=weights
        )
        sizes["condensed_certificate_possible"] = k * (weights + 1) + 1
        sizes["condensed_certificate_sure"] = condensed_size(k, weights=weights)
    return sizes | {"identification": parameters + 1}


def _saddles(k, m, kind: ActivationFamily, components, types, listed) -> Branches:
    if kind.homogeneous:
        raise ValueError(
            f"{kind.name} has kinks, but the critical sets at nonzero loss are known "
            "for analytic activations only; use another activation."
        )
    signed = kind.signed and kind.coupling == "nothing"
    count = saddle_branch_count(k, m, components, signed=signed)
    fewest = saddle_type_count(k, m, components)
    kinds = _limited(saddle_types(kind, k, m, components), types, fewest)
    single_branches = _limited(
        saddle_branches_of(kind, k, m, components), listed, count
    )
    return Branches(
        count=count,
        intrinsic=k,
        width=m,
        family=kind,
        loss="nonzero",
        parameters=m * (kind.weights + 1),
        types=_by_size(kinds),
        listed=single_branches,
        connected=count == 1 if m == k else None,
        thresholds={},
        source=str(bases.LIES_ON_BRANCH),
        note=_left_out(kinds, single_branches, types, listed),
    )


def _limited(items, limit: int, fewest: int) -> tuple | None:
    """The items, at least `fewest`; None if there are more than the limit."""
    if fewest > limit:
        return None
    listed = tuple(itertools.islice(items, limit + 1))
    return listed if len(listed) <= limit else None


def _by_size(types):
    """The types in the order of their dimensions, the largest first."""
    if types is None:
        return None
    return tuple(sorted(types, key=operator.attrgetter("dimension"), reverse=True))


def _left_out(types, listed, most_types, most_listed) -> str | None:
    if types is None:
        return f"there are more than {most_types} types; none is listed"
    if listed is None:
        return f"there are more than {most_listed} branches; the list has types only"
    return None
