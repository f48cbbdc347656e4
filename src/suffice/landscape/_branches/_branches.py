"""All parameters of a wider network that share one function, branch by branch."""

import dataclasses
import itertools
import operator
from collections import Counter
from typing import Any, Literal

from suffice._core import Hidden, plural, Result
from suffice.models import Activation, TwoLayer

from ._arrangement import Branch, branches_of
from ._branch import branch_shapes, BranchType, described
from ._codimension import branch_codimension, condensed_size
from ._counts import branch_count, saddle_branch_count
from ._family import ActivationFamily, family, family_of, GENERIC
from ._narrow import irreducible
from ._saddle_branch import saddle_branches_of, saddle_types, SaddleBranchType

Loss = Literal["zero", "nonzero"]
TYPES, LISTED, LINES = 20_000, 2_000, 40


@dataclasses.dataclass(frozen=True)
class Branches(Result):
    """The branches of the set of parameters that share one function.

    Attributes:
        count: Exact number of branches.
        intrinsic: Neurons `k` of the function.
        width: Neurons `m` of the model.
        family: How neurons of this activation combine.
        loss: `zero`: the function is the target and every parameter of it a global
            minimum. `nonzero`: it is the function of a critical point that fits less.
        parameters: `N = m (D + 1)`.
        types: Branches up to a renaming of neurons, each with its multiplicity; None
            where there are more than the limit.
        listed: Every single branch, as the place of each neuron; None where there are
            more than the limit.
        connected: Whether the union of all branches is connected; None where that is
            not known.
        thresholds: At zero loss, name -> sample size at which something changes.
        note: What was left out, and the reason.
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
    note: str | None = None

    @property
    def by_dimension(self) -> dict[int, int]:
        """Dimension -> number of branches, largest dimension first."""
        tally: Counter[int] = Counter()
        for kind in self.types or ():
            tally[kind.dimension] += kind.count
        return dict(sorted(tally.items(), reverse=True))

    def headline(self) -> str:
        """How many branches, of which dimensions."""
        name = "global minima" if self.loss == "zero" else "critical points"
        neurons = plural(self.intrinsic, "neuron")
        return (
            f"{self.count} branches of {name} at width {self.width} share a function "
            f"of {neurons} ({self.family.name}, {self.parameters} parameters)."
        )

    def shown(self) -> dict[str, Any]:
        """Thresholds, and one line for each type while they are few."""
        rows: dict[str, Any] = dict(self.thresholds)
        if self.connected is not None:
            rows["connected"] = self.connected
        few = (self.types or ())[:LINES]
        rows |= {f"{kind.count} x ({kind.label})": kind.words() for kind in few}
        hidden = len(self.types or ()) - len(few)
        if hidden > 0:
            rows["..."] = f"{hidden} more types; all of them with --json or .types"
        return rows | {"note": self.note}

    def derived(self) -> dict[str, Any]:
        """The branches, each as one word per neuron, and their dimensions."""
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
    r"""The branches of the parameters of a wider network that share one function.

    At zero loss each neuron is part of a target neuron, belongs to a *null block*
    (equal weights, output weights that cancel), or is silent. At non-zero loss a neuron
    that is part of no target must have output weight zero, and its weight vector must
    lie where the residual function

        φ(w) = Σᵢ eᵢ s(w · xᵢ)

    vanishes. No branch contains another; they meet where output weights vanish or
    weight vectors meet, see `intersections`.

    Counts are exact at any size. Dimension and rank are those of generic points, for
    generic targets.

    Args:
        target: A two-layer network, which is reduced first, or the number of neurons of
            an irreducible one.
        width: Width of the model.
        loss: Whether the function is the target, or that of a critical point which
            leaves a residual.
        activation: Used if `target` is a number: `generic` (no identity, `s(0) != 0`,
            no root), a name, or an `Activation`.
        inputs: Number of inputs, used if `target` is a number.
        bias: Whether neurons have an input bias, used if `target` is a number.
        components: At non-zero loss, the connected components of positive dimension of
            the zero set of `φ` (of both signs).
        types: If there are more types than this, they are not listed.
        listed: If there are more branches than this, they are not listed singly.

    Raises:
        ValueError: A width below that of the function, or a function whose neurons
            depend on each other in ways that are not known here.

    Source:
        Zero loss: arXiv:2309.00508 and Simsek et al. 2021; non-zero loss:
        arXiv:2405.17501, Theorem 5.1. Odd, even, logistic- and softplus-type
        activations and biases are derived and verified here.

    Example:
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
            f"the intrinsic width is {k}: the function is zero; expected at least 1."
        )
    if width < k:
        raise ValueError(
            f"width is {width}, below the intrinsic width {k}: no parameter has this "
            f"function. Give a width of at least {k}."
        )
    if loss not in ("zero", "nonzero"):
        raise ValueError(f"loss is {loss!r}; expected 'zero' or 'nonzero'.")
    if components < 0:
        raise ValueError(f"components is {components}; expected 0 or more.")


def _minima(k, m, kind: ActivationFamily, types: int, listed: int) -> Branches:
    count = branch_count(kind, k, m)
    shapes = _limited(branch_shapes(kind, k, m), types)
    found = None if shapes is None else [described(kind, *shape) for shape in shapes]
    singles = _limited(branches_of(kind, k, m), listed) if count <= listed else None
    connected = True if kind.coupling == "nothing" and m > k else None
    return Branches(
        count=count,
        intrinsic=k,
        width=m,
        family=kind,
        loss="zero",
        parameters=m * (kind.weights + 1),
        types=_by_size(found),
        listed=singles,
        connected=count == 1 if m == k else connected,
        thresholds=_sizes(k, m, kind),
        note=_left_out(found, singles, types, listed),
    )


def _sizes(k, m, kind: ActivationFamily) -> dict[str, int]:
    """The sample sizes of the whole set; those of a branch stand with its type."""
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
            f"{kind.name} has kinks: the critical sets at non-zero loss are known for "
            "analytic activations only."
        )
    signed = kind.signed and kind.coupling == "nothing"
    count = saddle_branch_count(k, m, components, signed=signed)
    found = _limited(saddle_types(kind, k, m, components), types)
    singles = None
    if count <= listed:
        singles = _limited(saddle_branches_of(kind, k, m, components), listed)
    return Branches(
        count=count,
        intrinsic=k,
        width=m,
        family=kind,
        loss="nonzero",
        parameters=m * (kind.weights + 1),
        types=_by_size(found),
        listed=singles,
        connected=count == 1 if m == k else None,
        thresholds={},
        note=_left_out(found, singles, types, listed),
    )


def _limited(items, limit: int) -> tuple | None:
    """The items as a tuple, or None if there are more than the limit."""
    found = tuple(itertools.islice(items, limit + 1))
    return found if len(found) <= limit else None


def _by_size(types):
    """Largest dimension first."""
    if types is None:
        return None
    return tuple(sorted(types, key=operator.attrgetter("dimension"), reverse=True))


def _left_out(types, listed, most_types, most_listed) -> str | None:
    if types is None:
        return f"more than {most_types} types; none listed, the count is exact"
    if listed is None:
        return f"more than {most_listed} branches: types only, with multiplicity"
    return None
