"""The uses of weights in a traced model that give gradients of low rank.

The gradient, for one sample, of a weight that is only multiplied (`dot_general`) or
looked up (`gather`) is a short sum of outer products of inputs and cotangents. Weights
with any other use are differentiated in the ordinary way.
"""

import collections
import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ._program import Equation, Program


@dataclasses.dataclass(frozen=True)
class Use:
    """One product or look-up in which a leaf takes part.

    Attributes:
        leaf: Number of the leaf.
        place: Number of the equation.
        rows: Axes of the leaf that are summed over or indexed.
        columns: Its other axes.
        count: Number of outer products in the gradient of one sample (positions,
            tokens).
        lookup: Whether rows are looked up by an integer, instead of multiplied.
        operand: Number of the operand that holds the input of the product.
        incoming: Order of its axes before it is reshaped to `(count, rows)`.
        outgoing: Order of the axes of the result before it is reshaped to
            `(count, columns)`.
    """

    leaf: int
    place: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    count: int
    lookup: bool
    operand: int
    incoming: tuple[int, ...]
    outgoing: tuple[int, ...]

    def came_in(self, operands: Any, size: int) -> Any:
        """The inputs of the product, `(count, size)`, or row numbers, `(count,)`."""
        value = operands[self.operand]
        if self.lookup:
            index = value if value.ndim == 0 else value[..., 0]
            return jnp.clip(index, 0, size - 1).reshape(self.count)
        return value.transpose(self.incoming).reshape(self.count, size)

    def flows_back(self, delta: Any, size: int) -> Any:
        """The cotangent of the result, `(count, size)`."""
        return delta.transpose(self.outgoing).reshape(self.count, size)


@dataclasses.dataclass(frozen=True)
class _Alias:
    leaf: int
    shape: tuple[int, ...]  # of the leaf
    axes: tuple[int, ...]  # axis i of the alias is axis axes[i] of the leaf


def find_uses(
    program: Program, shapes: Sequence[tuple[int, ...]]
) -> list[list[Use] | None]:
    """The uses of each leaf, or None for a leaf with any other kind of use.

    Args:
        program: A traced model whose first inputs are the leaves.
        shapes: The shape of each leaf.
    """
    alias: dict[Any, _Alias] = {
        slot: _Alias(leaf, shape, tuple(range(len(shape))))
        for leaf, (slot, shape) in enumerate(zip(program.inputs, shapes, strict=False))
    }
    uses: list[list[Use] | None] = [[] for _ in shapes]
    for place, equation in enumerate(program.equations):
        held = [alias.get(slot) for slot in _slots(equation.operands)]
        if not any(held):
            continue
        renamed = _renamed(equation, held[0])
        if renamed is not None:
            alias[equation.results[0]] = renamed
            continue
        for operand, name in enumerate(held):
            if name is None:
                continue
            use = _READERS.get(equation.primitive.name, _other)(
                place, equation, operand, name
            )
            known = uses[name.leaf]
            uses[name.leaf] = None if use is None or known is None else [*known, use]
    for slot in _slots(program.outputs):
        if slot in alias:
            uses[alias[slot].leaf] = None
    return [_consistent(uses_of_leaf) for uses_of_leaf in uses]


def find_biases(program: Program, shapes: Sequence[tuple[int, ...]]) -> dict[int, int]:
    """Leaves that are only added to a result, and the number of its equation."""
    made = {
        slot: place
        for place, equation in enumerate(program.equations)
        for slot in equation.results
    }
    atoms = [program.outputs, *(equation.operands for equation in program.equations)]
    times = collections.Counter(slot for group in atoms for slot in _slots(group))
    number = {slot: leaf for leaf, slot in enumerate(program.inputs[: len(shapes)])}
    biases = {}
    for equation in program.equations:
        if equation.primitive.name != "add":
            continue
        a, b = _slots(equation.operands)
        for leaf, other in ((a, b), (b, a)):
            if leaf in number and times[leaf] == 1 and other in made:
                shape = shapes[number[leaf]]
                if len(shape) == 1 and equation.shapes[0].shape == shape:
                    biases[number[leaf]] = made[other]
    return biases


def _slots(atoms):
    return [atom if isinstance(atom, int) else None for atom in atoms]


def _consistent(uses: list[Use] | None) -> list[Use] | None:
    # A leaf is treated as one matrix: other uses may only swap rows and columns.
    if uses and any(
        {use.rows, use.columns} != {uses[0].rows, uses[0].columns} for use in uses
    ):
        return None
    return uses


def _renamed(equation: Equation, name: _Alias | None) -> _Alias | None:
    """The alias of a leaf that is transposed or copied by an equation, or None."""
    if name is None:
        return None
    kind = equation.primitive.name
    if kind == "transpose":
        order = equation.params["permutation"]
        return _Alias(name.leaf, name.shape, tuple(name.axes[i] for i in order))
    if kind in {"copy", "copy_p"}:
        return name
    return None


def _other(place, equation, operand, name) -> None:
    return None


def _product(place, equation: Equation, operand, name) -> Use | None:
    contracted, batched = equation.params["dimension_numbers"]
    if any(map(len, batched)):
        return None
    mine, theirs = contracted[operand], contracted[1 - operand]
    pairs = sorted((name.axes[i], j) for i, j in zip(mine, theirs, strict=True))
    free = sorted(
        (axis, i)
        for i, axis in enumerate(a for k, a in enumerate(name.axes) if k not in mine)
    )
    ndim = equation.shapes[0].ndim
    rest = ndim - len(free)
    start = 0 if operand == 0 else rest  # free axes of the left operand come first
    others = [k for k in range(ndim) if not start <= k < start + len(free)]
    summed = [j for _, j in pairs]
    # Result axes of the other operand, and that operand's own free axes, correspond.
    theirs_free = [k for k in range(rest + len(summed)) if k not in summed]
    return Use(
        leaf=name.leaf,
        place=place,
        rows=tuple(axis for axis, _ in pairs),
        columns=tuple(axis for axis, _ in free),
        count=math.prod(equation.shapes[0].shape[k] for k in others),
        lookup=False,
        operand=1 - operand,
        incoming=(*theirs_free, *summed),
        outgoing=(*others, *(start + i for _, i in free)),
    )


def _gather(place, equation: Equation, operand, name) -> Use | None:
    numbers = equation.params["dimension_numbers"]
    indexed = tuple(numbers.collapsed_slice_dims)
    if tuple(numbers.start_index_map) != indexed or numbers.operand_batching_dims:
        return None
    if operand != 0 or _looked_up(equation, name) != [*indexed]:
        return None
    return _lookup(place, equation, name, indexed[0], 1, list(numbers.offset_dims))


def _dynamic_slice(place, equation: Equation, operand, name) -> Use | None:
    indexed = _looked_up(equation, name)
    if operand != 0 or len(indexed) != 1:
        return None
    offset = [k for k in range(len(name.axes)) if k != indexed[0]]
    return _lookup(place, equation, name, indexed[0], 1 + indexed[0], offset)


def _looked_up(equation: Equation, name: _Alias) -> list[int]:
    """The axes of which one entry is taken, if all other axes are taken whole."""
    sizes = equation.params["slice_sizes"]
    cut = [k for k, axis in enumerate(name.axes) if sizes[k] != name.shape[axis]]
    return cut if all(sizes[k] == 1 for k in cut) else []


def _lookup(place, equation, name, indexed, operand, offset) -> Use:
    shape = equation.shapes[0].shape
    kept = [k for k in range(len(name.axes)) if k != indexed]
    order = sorted((name.axes[k], out) for k, out in zip(kept, offset, strict=True))
    others = [k for k in range(len(shape)) if k not in offset]
    return Use(
        leaf=name.leaf,
        place=place,
        rows=(name.axes[indexed],),
        columns=tuple(axis for axis, _ in order),
        count=math.prod(shape[k] for k in others),
        lookup=True,
        operand=operand,
        incoming=(),
        outgoing=(*others, *(out for _, out in order)),
    )


_READERS = {
    "dot_general": _product,
    "gather": _gather,
    "dynamic_slice": _dynamic_slice,
}
