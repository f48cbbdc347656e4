"""Branches of one critical function at nonzero loss."""

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
    """All branches at nonzero loss that differ only by a permutation of neurons.

    Attributes:
        targets: The copies of each neuron of the narrow critical point.
        null: Number of neurons with zero output weight, on the zero set of the residual
            function.
        count: Number of branches of this type.
        dimension: Dimension of each of these branches.
        saddle: `everywhere`: every point is a saddle, which is strict where the
            gradient of the residual function is nonzero. `somewhere`: the branch
            contains saddles, where an output weight vanishes; it contains minima only
            if the narrow point is a minimum and its inner Hessians are definite.
            `as narrow`: no neuron was split.
    """

    targets: tuple[NeuronBlock, ...]
    null: int
    count: int
    dimension: int
    saddle: str

    @property
    def label(self) -> str:
        """Target blocks; null neurons."""
        return f"{','.join(map(str, self.targets))}; {self.null} null"

    def headline(self) -> str:
        """The type with its numbers in one sentence."""
        return f"{self.count} branches of type ({self.label}): {self.words()}."

    def words(self) -> str:
        """A short description: dimension, and where the saddles are."""
        natures = {
            "everywhere": "saddles everywhere",
            "somewhere": "saddles where an output weight vanishes",
            "as narrow": "as the narrow critical point",
        }
        return f"dimension {self.dimension}, {natures[self.saddle]}"

    def derived(self) -> dict[str, Any]:
        """The label of the type."""
        return {"label": self.label}


def saddle_types(
    family: ActivationFamily, intrinsic: int, width: int, components: int
) -> Iterator[SaddleBranchType]:
    """All types of branches of a critical function at nonzero loss.

    With `v` null neurons the dimension is `(m - r) + v (D - 2)`: null neurons increase
    it for at least three weights per neuron, and decrease it for one.

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
    """Whether mirrored copies are critical, which they are without a remainder."""
    return family.signed and family.coupling == "nothing"


def saddle_branches_of(
    family: ActivationFamily, intrinsic: int, width: int, components: int
) -> Iterator[Branch]:
    """All branches; the index of a null neuron is the component on which it lies."""
    signs = (1, -1) if _mirrored(family) else (1,)
    places = [Place("target", t, s) for t in range(intrinsic) for s in signs]
    places += [Place("null", c) for c in range(components)]
    for branch in itertools.product(places, repeat=width):
        if len({p.group for p in branch if p.role == "target"}) == intrinsic:
            yield branch
