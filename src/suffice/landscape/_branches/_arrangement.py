"""Single branches: the role and the sign of every neuron."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ._branch import FLIPPED, MIXED, NeuronBlock, pattern, PURE
from ._counts import occurs
from ._family import ActivationFamily

Role = Literal["target", "null", "silent"]


class Place(NamedTuple):
    """The role of one neuron in a branch.

    Attributes:
        role: `target`: the neuron is part of a target neuron; `null`: it belongs to a
            block whose output weights cancel; `silent`: its input weights are zero.
        group: Index of the target neuron or of the null block, counted from 0.
        sign: 1, or -1 for a neuron with negated weights.
    """

    role: Role
    group: int = 0
    sign: int = 1

    def __str__(self) -> str:
        if self.role == "silent":
            return "0"
        name = f"{'t' if self.role == 'target' else 'n'}{self.group + 1}"
        return f"-{name}" if self.sign < 0 else name


Branch = tuple[Place, ...]
SILENT = Place("silent")


def branches_of(
    family: ActivationFamily, intrinsic: int, width: int
) -> Iterator[Branch]:
    """All branches of the global minima, each as one place for each neuron.

    The first neuron of a null block has sign 1, so that no branch occurs twice.
    """
    for branch in _arrangements(family, intrinsic, width, ()):
        if occurs(family, pattern(*blocks(family, branch, intrinsic))):
            yield branch


def _arrangements(family, intrinsic, left, start) -> Iterator[Branch]:
    used = {place.group for place in start if place.role == "target"}
    if intrinsic - len(used) > left:
        return
    if left == 0:
        yield start
        return
    for place in _places(family, intrinsic, start):
        yield from _arrangements(family, intrinsic, left - 1, (*start, place))


def _places(family, intrinsic, start) -> Iterator[Place]:
    opened = max((p.group + 1 for p in start if p.role == "null"), default=0)
    for sign in (1, -1) if family.signed else (1,):
        for t in range(intrinsic):
            yield Place("target", t, sign)
        for j in range(opened):
            yield Place("null", j, sign)
    yield Place("null", opened)
    if family.silence != "never":
        yield SILENT


def blocks(
    family: ActivationFamily, branch: Branch, intrinsic: int
) -> tuple[tuple[NeuronBlock, ...], tuple[NeuronBlock, ...], int]:
    """The type of a branch: its target blocks, null blocks and silent neurons."""
    targets = tuple(
        _block(family, [p.sign for p in branch if p[:2] == ("target", t)])
        for t in range(intrinsic)
    )
    opened = {p.group for p in branch if p.role == "null"}
    null = [
        _block(family, [p.sign for p in branch if p[:2] == ("null", j)]) for j in opened
    ]
    null.sort(key=lambda block: (-block.size, block.sign != MIXED))
    return targets, tuple(null), Counter(p.role for p in branch)["silent"]


def _block(family: ActivationFamily, signs: list[int]) -> NeuronBlock:
    if family.coupling == "nothing" or set(signs) == {1}:
        return NeuronBlock(len(signs), PURE)
    return NeuronBlock(len(signs), MIXED if 1 in signs else FLIPPED)
