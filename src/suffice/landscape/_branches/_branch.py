"""One type of branch of the global minima: dimension, rank and sample sizes."""

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from suffice._core import Result

from ._counts import occurs, Pattern
from ._family import ActivationFamily

Rate = Literal["exponential", "t^-2"]
PURE, MIXED, FLIPPED = "", "±", "-"


class NeuronBlock(NamedTuple):
    """Neurons that share a weight vector, up to sign.

    Attributes:
        size: Number of these neurons.
        sign: Empty if signs are irrelevant or all agree with the target; `-` if all
            neurons are mirrored; `±` if both signs occur.
    """

    size: int
    sign: str = PURE

    def __str__(self) -> str:
        return f"{self.size}{self.sign}"


Shape = tuple[tuple[NeuronBlock, ...], tuple[NeuronBlock, ...], int]


@dataclasses.dataclass(frozen=True)
class BranchType(Result):
    """All branches that differ only by a permutation of the neurons.

    Attributes:
        targets: The copies of each target neuron, in the order of the targets.
        null: Blocks whose output weights cancel, the largest first; a block of one
            neuron has zero output weight and free input weights.
        silent: Number of neurons with zero input weights: their outputs are zero, or
            constants that cancel.
        count: Number of branches of this type.
        dimension: Dimension of each of these branches.
        codimension: Number of parameters minus the dimension.
        rank: Dimension of the tangent function space at a generic point of the branch;
            None for ReLU, which is not differentiable at its kink.
        morse_bott: Whether the kernel of the Hessian is the tangent space of the
            branch, that is, whether the loss is Morse-Bott there.
        certificate: Two sample sizes: at the first, a condensed certificate may exist;
            at the second, almost every sample set has one. None where the theorem does
            not apply.
        rate: The decay of the loss near a separated point: exponential, or like `t^-2`.
    """

    targets: tuple[NeuronBlock, ...]
    null: tuple[NeuronBlock, ...]
    silent: int
    count: int
    dimension: int
    codimension: int
    rank: int | None
    morse_bott: bool
    certificate: tuple[int, int] | None
    rate: Rate

    @property
    def label(self) -> str:
        """Target blocks; null blocks; silent neurons, e.g. `2,1; 1,1; 1 silent`."""
        parts = [",".join(map(str, self.targets)), ",".join(map(str, self.null))]
        return "; ".join(part or "-" for part in parts) + (
            f"; {self.silent} silent" if self.silent else ""
        )

    @property
    def unstable_below(self) -> int | None:
        """The rank: with fewer samples no point of the branch is separated."""
        return self.rank

    @property
    def separated_from(self) -> int:
        """Sample size from which almost every point of the branch is separated.

        This is the codimension of the branch. The bound is sharp exactly for
        Morse-Bott branches.
        """
        return self.codimension

    def headline(self) -> str:
        """The type with its numbers in one sentence."""
        return f"{self.count} branches of type ({self.label}): {self.words()}."

    def words(self) -> str:
        """A short description: dimension, rank and whether the loss is Morse-Bott."""
        nature = "Morse-Bott" if self.morse_bott else "degenerate"
        return (
            f"dimension {self.dimension}, rank {self.rank}, separated from "
            f"{self.separated_from} samples, {nature}, {self.rate}"
        )

    def derived(self) -> dict[str, Any]:
        """The label and two thresholds."""
        return {
            "label": self.label,
            "unstable_below": self.unstable_below,
            "separated_from": self.separated_from,
        }


def branch_types(
    family: ActivationFamily, intrinsic: int, width: int
) -> Iterator[BranchType]:
    """All types of branches of the global minima.

    Args:
        family: The identities of the neurons.
        intrinsic: Number of neurons of the target.
        width: Number of neurons of the model.

    Source:
        Structure: arXiv:2309.00508, section 4, and Simsek et al. 2021; dimension, rank
        and the other kinds of activation are derived and verified here.
    """
    for shape in branch_shapes(family, intrinsic, width):
        yield described(family, *shape)


def branch_shapes(
    family: ActivationFamily, intrinsic: int, width: int
) -> Iterator[Shape]:
    """The target blocks, null blocks and silent neurons of all types."""
    for targets in _targets(family, intrinsic, width):
        rest = width - sum(block.size for block in targets)
        for silent in range(rest + 1):
            for null in _nulls(family, rest - silent):
                if occurs(family, pattern(targets, null, silent)):
                    yield targets, null, silent


def pattern(targets, null, silent) -> Pattern:
    """The counts that decide whether an arrangement forms a branch."""
    signs = Counter(block.sign for block in targets)
    cancelling = sum(block.sign == MIXED for block in null)
    return Pattern(signs[FLIPPED], signs[MIXED], cancelling, silent)


def _signs(family: ActivationFamily, size: int) -> tuple[str, ...]:
    if family.coupling == "nothing":
        return (PURE,)
    return (PURE, FLIPPED, MIXED) if size > 1 else (PURE, FLIPPED)


def _targets(family, intrinsic, width) -> Iterator[tuple[NeuronBlock, ...]]:
    for used in range(intrinsic, width + 1):
        for sizes in compositions(used, intrinsic):
            for signs in itertools.product(*(_signs(family, size) for size in sizes)):
                yield tuple(map(NeuronBlock, sizes, signs))


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ordered sums of `parts` positive numbers that equal a number."""
    for cuts in itertools.combinations(range(1, total), parts - 1):
        edges = (0, *cuts, total)
        yield tuple(b - a for a, b in itertools.pairwise(edges))


def _nulls(family, total) -> Iterator[tuple[NeuronBlock, ...]]:
    for sizes in _partitions(total, total):
        runs = Counter(sizes)
        mixable = [size for size in runs if size > 1 and family.coupling != "nothing"]
        choices = [range(runs[size] + 1) for size in mixable]
        for chosen in itertools.product(*choices):
            mixed = Counter(dict(zip(mixable, chosen, strict=True)))
            yield tuple(
                NeuronBlock(size, MIXED if i < mixed[size] else PURE)
                for size in sorted(runs, reverse=True)
                for i in range(runs[size])
            )


def _partitions(total: int, largest: int) -> Iterator[tuple[int, ...]]:
    if total == 0:
        yield ()
    for first in range(min(total, largest), 0, -1):
        for rest in _partitions(total - first, first):
            yield (first, *rest)


def described(
    family: ActivationFamily,
    targets: tuple[NeuronBlock, ...],
    null: tuple[NeuronBlock, ...],
    silent: int,
) -> BranchType:
    """The type of a branch, with dimension and rank from closed forms."""
    width = sum(block.size for block in (*targets, *null)) + silent
    dimension = _dimension(family, targets, null, silent)
    codimension = width * (family.weights + 1) - dimension
    rank = _rank(family, targets, null, silent)
    morse_bott = rank == codimension
    return BranchType(
        targets=targets,
        null=null,
        silent=silent,
        count=_multiplicity(family, targets, null, silent),
        dimension=dimension,
        codimension=codimension,
        rank=rank,
        morse_bott=morse_bott,
        certificate=_certificate(family, targets, null, silent, rank),
        rate="exponential" if morse_bott else "t^-2",
    )


def _multiplicity(family, targets, null, silent) -> int:
    blocks = (*targets, *null)
    count = math.factorial(sum(block.size for block in blocks) + silent)
    for size in (*(block.size for block in blocks), silent):
        count //= math.factorial(size)
    for same in Counter(null).values():
        count //= math.factorial(same)
    for block in targets:
        count *= _orientations(family, block)
    for block in null:  # a null block and its mirror image are the same block
        count *= (_orientations(family, block) + 1) // 2
    return count


def _orientations(family: ActivationFamily, block: NeuronBlock) -> int:
    """The number of ways to choose the signs of the neurons of a block."""
    if block.sign == MIXED:
        return 2**block.size - 2
    return 2**block.size if family.signed and family.coupling == "nothing" else 1


def _dimension(family, targets, null, silent) -> int:
    scales = family.homogeneous  # the norm of every weight vector is also free
    dimension = sum(block.size - 1 + scales * block.size for block in targets)
    for block in null:
        dimension += family.weights + (1 + scales) * (block.size - 1)
    dimension += silent * (1 + family.bias)
    return dimension - _conditions(family, pattern(targets, null, silent))


def _conditions(family: ActivationFamily, has: Pattern) -> int:
    """The number of equations on output weights, in addition to one per block."""
    mirrored = has.flipped + has.mixed + has.cancelling > 0
    if family.coupling == "linear" and mirrored:
        return family.weights
    if family.coupling == "constant":
        return int(mirrored or has.silent > 0)
    return int(family.bias and has.silent > 0)


def _rank(family, targets, null, silent) -> int | None:
    if family.homogeneous and silent:
        return None
    neuron = family.weights + 1 - family.homogeneous
    rank = neuron * len(targets)
    rank += sum(1 if block.size == 1 else neuron for block in null)
    has = pattern(targets, null, silent)
    mixed = has.mixed + has.cancelling > 0
    if family.coupling == "linear":
        return rank + family.weights * (mixed or silent > 0)
    if silent:
        level = family.coupling == "constant" and not family.bias
        return rank + family.weights * (family.sloped or family.bias) + level
    return rank + (family.coupling == "constant" and mixed)


def _certificate(family, targets, null, silent, rank) -> tuple[int, int] | None:
    merged = sum(block.size > 1 for block in targets)
    alike = all(block.sign == PURE for block in targets)
    if null or silent or not merged or not alike or family.homogeneous:
        return None
    return rank + 1, rank + merged * family.weights * (family.weights + 1) // 2
