"""Branches of one critical function at non-zero loss."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any

from suffice._core import Result

from ._arrangement import Branch, Place
from ._branch import compositions, NeuronBlock
from ._family import ActivationFamily


@dataclasses.dataclass(frozen=True)
class SaddleBranchType(Result):
    """All branches at non-zero loss that differ only by a permutation of neurons.

    Attributes:
        targets: The neurons of each neuron of the narrow critical point.
        null: Neurons of zero output weight, on the zero set of the residual function.
        count: Number of branches of this type.
        dimension: Dimension of each of these branches.
        saddle: `everywhere`: every point is a saddle, strict wherever the residual
            function has a gradient; `somewhere`: the branch holds saddles where an
            output weight vanishes, and minima only if the narrow point is one and its
            inner Hessians are definite; `as narrow`: nothing was split.
    """

    targets: tuple[NeuronBlock, ...]
    null: int
    count: int
    dimension: int
    saddle: str

    @property
    def label(self) -> str:
        """Targets; null neurons."""
        return f"{','.join(map(str, self.targets))}; {self.null} null"

    def headline(self) -> str:
        """The type with its numbers in one sentence."""
        return f"{self.count} branches of type ({self.label}): {self.words()}."

    def words(self) -> str:
        """Dimension and nature in few words."""
        natures = {
            "everywhere": "saddles everywhere",
            "somewhere": "saddles where an output weight vanishes",
            "as narrow": "as the narrow critical point",
        }
        return f"dimension {self.dimension}, {natures[self.saddle]}"

    def derived(self) -> dict[str, Any]:
        """The label."""
        return {"label": self.label}


def saddle_types(
    family: ActivationFamily, intrinsic: int, width: int, components: int
) -> Iterator[SaddleBranchType]:
    """Every type of branch of a critical function at non-zero loss.

    The dimension is `(m - r) + v (D - 2)` with `v` null neurons: they raise it from
    three weights per neuron on, and lower it for one.

    Source:
        arXiv:2405.17501, Theorems 5.1 and 5.2; sharpened and verified here.
    """
    sign = 2 if _mirrored(family) else 1
    for null in range(width - intrinsic + 1 if components else 1):
        for sizes in compositions(width - null, intrinsic):
            count = math.factorial(width) // math.factorial(null)
            for size in sizes:
                count = count // math.factorial(size) * sign**size
            yield SaddleBranchType(
                targets=tuple(map(NeuronBlock, sizes)),
                null=null,
                count=count * components**null,
                dimension=(width - intrinsic) + null * (family.weights - 2),
                saddle=_nature(null, width > intrinsic),
            )


def _nature(null: int, wider: bool) -> str:
    if null:
        return "everywhere"
    return "somewhere" if wider else "as narrow"


def _mirrored(family: ActivationFamily) -> bool:
    """Whether mirrored copies stay critical: only if they leave no remainder."""
    return family.signed and family.coupling == "nothing"


def saddle_branches_of(
    family: ActivationFamily, intrinsic: int, width: int, components: int
) -> Iterator[Branch]:
    """Every branch; the index of a null neuron names the component that it lies on."""
    signs = (1, -1) if _mirrored(family) else (1,)
    places = [Place("target", t, s) for t in range(intrinsic) for s in signs]
    places += [Place("null", c) for c in range(components)]
    for branch in itertools.product(places, repeat=width):
        if len({p.group for p in branch if p.role == "target"}) == intrinsic:
            yield branch
