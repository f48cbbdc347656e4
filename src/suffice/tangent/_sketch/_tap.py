"""The inputs and cotangents of every weight of a model, extracted from its trace."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from ._contract import from_factors, from_gradient
from ._probes import Pair, Probes
from ._program import Program, trace
from ._uses import find_biases, find_uses, Use

Route = Literal["tap", "bias", "gradient", "forward"]
_LARGE = 2**22  # a gradient of one sample with more entries is not formed
_COLUMNS = 256  # number of columns for which the costs of the routes are compared


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One parameter array: its form as a matrix, and how it is differentiated.

    Attributes:
        shape: Shape of the array.
        rows: Axes that form the rows of the matrix.
        columns: Axes that form the columns.
        route: `tap` (from the inputs and cotangents of its products), `bias` (together
            with the weight to whose product it is added), `gradient` (per-sample
            gradients) or `forward` (forward mode).
    """

    shape: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    route: Route

    @property
    def matrix(self) -> tuple[int, int]:
        """Shape of the matrix."""
        rows, columns = (
            math.prod(self.shape[k] for k in axes) for axes in (self.rows, self.columns)
        )
        return rows, columns

    def as_matrix(self, array: Any) -> Any:
        """The array in the form of the matrix."""
        return array.transpose(*self.rows, *self.columns).reshape(self.matrix)

    def as_array(self, matrix: Any) -> Any:
        """The matrix in the form of the array."""
        order = (*self.rows, *self.columns)
        array = matrix.reshape([self.shape[k] for k in order])
        return array.transpose(np.argsort(order))


class Tap:
    """A traced model, with the way to differentiate each of its leaves.

    Args:
        function: `(leaves, buffers, x) -> outputs`, for one sample `x`.
        leaves: The parameter arrays, or their shapes.
        buffers: Other arrays of the model.
        x: One sample.
        forward: Whether all leaves are differentiated in forward mode.
    """

    def __init__(
        self,
        function: Callable,
        leaves: Sequence[Any],
        buffers: Sequence[Any],
        x: Any,
        *,
        forward: bool = False,
    ):
        self._function = lambda *arguments: jnp.ravel(function(*arguments))
        self._program = trace(self._function, leaves, buffers, x)
        out = jax.eval_shape(self._function, leaves, buffers, x)
        self.outputs: int = out.size
        if not jnp.issubdtype(out.dtype, jnp.floating):
            raise ValueError(
                f"the model returns {out.dtype}; a tangent space needs real outputs."
            )
        self.epsilon = 2 * self._program.unit
        self.pieces = self._program.pieces
        shapes = [leaf.shape for leaf in leaves]
        uses_of_leaves = find_uses(self._program, shapes)
        kinds = [
            _leaf(shape, None if forward else uses, self.outputs, forward)
            for shape, uses in zip(shapes, uses_of_leaves, strict=True)
        ]
        tapped = {
            use.place: use
            for leaf, uses in zip(kinds, uses_of_leaves, strict=True)
            if leaf.route == "tap"
            for use in uses or ()
            if not use.lookup
        }
        self.biases: dict[Use, int] = {}
        for bias, place in find_biases(self._program, shapes).items():
            if not forward and place in tapped and tapped[place] not in self.biases:
                kinds[bias] = Leaf(shapes[bias], (), (0,), "bias")
                self.biases[tapped[place]] = bias
        self.leaves = tuple(kinds)
        self.uses: tuple[Use, ...] = tuple(
            use
            for leaf, uses in zip(self.leaves, uses_of_leaves, strict=True)
            if leaf.route == "tap"
            for use in uses or ()
        )
        self.size = max(
            _size(self.leaves, self.uses, self.outputs),
            self.outputs * _largest(self._program),
        )
        moving = self._numbers("forward")
        self.merged = {leaf: moving[0] for leaf in moving[1:]}
        self.merged |= {bias: use.leaf for use, bias in self.biases.items()}
        self._reverse = jax.jit(jax.vmap(self._factors, (None, None, 0)))
        self._ensemble = jax.jit(
            jax.vmap(jax.vmap(self._factors, (None, None, 0)), (0, None, None))
        )
        self._forward = jax.jit(self._columns)

    @property
    def shared(self) -> dict[int, tuple[int, int]]:
        """For each bias, the weight and the side whose directions it uses."""
        return {
            bias: (use.leaf, int(use.rows == self.leaves[use.leaf].rows))
            for use, bias in self.biases.items()
        }

    def probes(self, key: Key[Array, ""]) -> Probes:
        """Random directions in which the model is differentiated."""
        return Probes([leaf.matrix for leaf in self.leaves], key, self.shared)

    def blocks(
        self, leaves: Sequence[Any], buffers: Sequence[Any], x: Any, pairs: list[Pair]
    ) -> list[np.ndarray]:
        """The contribution of each leaf, for a batch: arrays `(n, outputs, columns)`.

        A leaf that is `merged` into another contributes through that other leaf.
        """
        moving = self._numbers("forward")
        blocks: list[Any] = [0.0] * len(self.leaves)
        if len(moving) < len(self.leaves):
            blocks = self.contract(self._reverse(leaves, buffers, x), pairs)
        if moving:
            chosen = [pairs[number] for number in moving]
            columns = self._forward(leaves, buffers, x, chosen)
            blocks[moving[0]] = np.moveaxis(np.asarray(columns), 0, 2)
        shape = (len(jax.tree.leaves(x)[0]), self.outputs, len(pairs[0][0]))
        return [np.broadcast_to(block, shape) for block in blocks]

    def ensemble_flows(
        self, leaves: Sequence[Any], buffers: Sequence[Any], x: Any
    ) -> Any:
        """Inputs and cotangents of the weights, for models stacked in the leaves."""
        flows = self._ensemble(leaves, buffers, x)
        return jax.tree.map(np.asarray, flows)

    def contract(self, flows: Any, pairs: list[Pair]) -> list[Any]:
        """The contribution of each leaf to `J Omega`, from inputs and cotangents."""
        factors, gradients = flows
        blocks: list[Any] = [0.0] * len(self.leaves)
        for use, (came_in, flows_back) in zip(self.uses, factors, strict=True):
            u, v = pairs[use.leaf]
            if use.rows != self.leaves[use.leaf].rows:
                u, v = v, u
            offset = pairs[self.biases[use]][0][:, 0] if use in self.biases else None
            part = from_factors(_host(came_in), _host(flows_back), u, v, offset)
            known = blocks[use.leaf]
            blocks[use.leaf] = part if isinstance(known, float) else known + part
        for number, gradient in gradients.items():
            blocks[number] = from_gradient(_host(gradient), *pairs[number])
        return blocks

    def _numbers(self, route: Route) -> list[int]:
        return [k for k, leaf in enumerate(self.leaves) if leaf.route == route]

    def _factors(self, leaves, buffers, x):
        """For one sample: `(h, delta)` of each use, and the remaining gradients."""
        formed = {number: leaves[number] for number in self._numbers("gradient")}
        places = {use.place for use in self.uses}
        shifts = {
            place: jnp.zeros(shape.shape, shape.dtype)
            for place, equation in enumerate(self._program.equations)
            if place in places
            for shape in equation.shapes
        }

        def shifted(shifts, formed):
            operands = {}
            arrays = [formed.get(k, leaf) for k, leaf in enumerate(leaves)]
            arguments = jax.tree.leaves((arrays, buffers, x))
            out = self._program.run(arguments, shifts, operands.__setitem__)
            return out[0], operands

        out, pull, operands = jax.vjp(shifted, shifts, formed, has_aux=True)
        deltas, gradients = jax.vmap(pull)(jnp.eye(self.outputs, dtype=out.dtype))
        factors = []
        for use in self.uses:
            rows, columns = self.leaves[use.leaf].matrix
            if use.rows != self.leaves[use.leaf].rows:
                rows, columns = columns, rows
            came_in = use.came_in(operands[use.place], rows)
            back = jax.vmap(
                lambda d, use=use, columns=columns: use.flows_back(d, columns)
            )
            factors.append((came_in, back(deltas[use.place])))
        return factors, {
            number: jax.vmap(self.leaves[number].as_matrix)(gradient)
            for number, gradient in gradients.items()
        }

    def _columns(self, leaves, buffers, x, pairs):
        """Forward mode in all forward leaves together: `(columns, n, outputs)`."""
        numbers = self._numbers("forward")

        def outputs(moving):
            arrays = list(leaves)
            for number, leaf in zip(numbers, moving, strict=True):
                arrays[number] = leaf
            return jax.vmap(lambda sample: self._function(arrays, buffers, sample))(x)

        _, push = jax.linearize(outputs, [leaves[number] for number in numbers])

        def column(pairs):
            return push(
                [
                    self.leaves[number].as_array(jnp.outer(u, v))
                    for number, (u, v) in zip(numbers, pairs, strict=True)
                ]
            )

        return jax.lax.map(column, pairs)


def _host(array: Any) -> np.ndarray:
    out = np.asarray(array)
    return out.astype(np.float64, copy=False) if out.dtype.kind == "f" else out


def _leaf(shape, uses: list[Use] | None, outputs: int, forward: bool) -> Leaf:
    size = math.prod(shape)
    rows, columns = (tuple(range(len(shape)))[:1], tuple(range(len(shape)))[1:])
    if uses:
        tapped = Leaf(shape, uses[0].rows, uses[0].columns, "tap")
        if _cheaper(tapped, uses):
            return tapped
    elif uses is not None:
        return Leaf(shape, rows, columns, "tap")
    large = forward or size * outputs > _LARGE
    return Leaf(shape, rows, columns, "forward" if large else "gradient")


def _cheaper(leaf: Leaf, uses: list[Use]) -> bool:
    """Whether tapping costs less than forming the gradient."""
    rows, columns = leaf.matrix
    tapping = sum(
        use.count * (columns if use.lookup else rows + columns) for use in uses
    )
    count = sum(use.count for use in uses)
    return count == 1 or tapping < rows * columns * (1 + count / _COLUMNS)


def _largest(program: Program) -> int:
    """Number of entries of the largest array that a program computes."""
    results = [shape for equation in program.equations for shape in equation.shapes]
    return max((math.prod(shape.shape) for shape in results), default=0)


def _size(leaves: Sequence[Leaf], uses: Sequence[Use], outputs: int) -> int:
    """Number of float64 values that are held for one sample."""
    size = 0
    for use in uses:
        rows, columns = leaves[use.leaf].matrix
        if use.rows != leaves[use.leaf].rows:
            rows, columns = columns, rows
        size += use.count * ((1 if use.lookup else rows) + outputs * columns)
    formed = [leaf for leaf in leaves if leaf.route == "gradient"]
    return size + outputs * sum(math.prod(leaf.shape) for leaf in formed)
