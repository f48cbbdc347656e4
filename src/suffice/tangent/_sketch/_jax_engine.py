"""The engine for any JAX callable, and the cache of its traces."""

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import check_bound, check_inputs, Model, partition, require_float64

from ._engine import batch_size, differs, Engine, JVP, KHATRI_RAO, TESTED
from ._probes import Pair, Probes
from ._tap import Tap

# A trace and its compiled functions are kept for later calls with the same structure.
_TAPS: dict[Any, tuple[Tap, str | None]] = {}
_KEPT = 64


@functools.singledispatch
def engine_for(model: Model, x: Any) -> Engine:
    """The engine for a model and inputs stacked along the leading axis.

    Raises:
        ValueError: JAX is in float32 mode, or there are no samples.
    """
    require_float64("A sketch of a tangent matrix")
    return JaxEngine(model, x)


class JaxEngine(Engine):
    """Sketches any callable pytree, by taps where the trace allows it.

    Parameters without a tap are differentiated by per-sample gradients or in forward
    mode.
    """

    def __init__(self, model: Model, x: Any):
        check_bound(model)
        check_inputs(model, x)
        params, rest = partition(model)
        buffers, static = eqx.partition(rest, eqx.is_array)
        self._leaves = [_double(leaf) for leaf in jax.tree.leaves(params)]
        if not sum(leaf.size for leaf in self._leaves):
            raise ValueError("the model has no parameters: its arrays are empty.")
        self._buffers = jax.tree.leaves(buffers)
        self._x = jax.tree.map(_double, x)
        self.samples = _count(self._x)
        structure = _Structure(
            jax.tree.structure(params), jax.tree.structure(buffers), _Static(static)
        )
        sample = jax.tree.map(lambda leaf: leaf[0], self._x)
        self._tap, reason = _tap_for(
            structure, self._leaves, self._buffers, sample, self._self_test
        )
        self.shapes = tuple(leaf.matrix for leaf in self._tap.leaves)
        self.outputs = self._tap.outputs
        self.epsilon, self.pieces = self._tap.epsilon, self._tap.pieces
        self.batch = batch_size(self.samples, self._tap.size)
        self.name = KHATRI_RAO if reason is None else JVP
        self.note = (
            _describe(self._tap)
            if reason is None
            else (f"every column by forward mode, because {reason}")
        )

    def probes(self, key: Key[Array, ""]) -> Probes:
        """Random directions in which the model is differentiated."""
        return self._tap.probes(key)

    def ensemble_flows(self, models: Model) -> Any:
        """Inputs and cotangents of the weights, for many models of this structure."""
        leaves = [_double(leaf) for leaf in jax.tree.leaves(partition(models)[0])]
        return self._tap.ensemble_flows(leaves, self._buffers, self._x)

    def contract(self, flows: Any, pairs: list[Pair]) -> list[Any]:
        """The contribution of each leaf to `J Omega`, from these flows."""
        return self._tap.contract(flows, pairs)

    @property
    def forward(self) -> bool:
        """Whether some leaves are differentiated in forward mode."""
        return any(leaf.route == "forward" for leaf in self._tap.leaves)

    @property
    def size(self) -> int:
        """Number of float64 values that one sample needs."""
        return self._tap.size

    def blocks(self, start: int, stop: int, pairs: list[Pair]) -> list[np.ndarray]:
        """The contribution of each leaf for some samples; a short batch is padded."""
        # All batches have one shape, so that one function is compiled; the padding
        # repeats the last sample.
        index = np.minimum(np.arange(start, start + self.batch), stop - 1)
        x = jax.tree.map(lambda leaf: leaf[index], self._x)
        blocks = self._tap.blocks(self._leaves, self._buffers, x, pairs)
        return [block[: stop - start] for block in blocks]

    def _self_test(self, tap: Tap, function: Callable) -> str | None:
        """Compare `J Omega` with gradients of the untouched model at two samples."""
        pairs = tap.probes(jax.random.key(0)).take(TESTED)
        weights = np.random.default_rng(0).standard_normal(tap.outputs)
        gradient = jax.jit(
            jax.grad(lambda *arguments: weights @ function(*arguments).ravel())
        )
        batch = batch_size(self.samples, tap.size)
        index = np.minimum(np.arange(batch), self.samples - 1)
        x = jax.tree.map(lambda leaf: leaf[index], self._x)
        blocks = tap.blocks(self._leaves, self._buffers, x, pairs)
        for row in {0, int(index[-1])}:
            sample = jax.tree.map(lambda leaf, row=row: leaf[row], self._x)
            grads = gradient(self._leaves, self._buffers, sample)
            matrices = [
                np.asarray(leaf.as_matrix(grad))
                for leaf, grad in zip(tap.leaves, grads, strict=True)
            ]
            entries = [weights @ block[row] for block in blocks]
            reason = differs(entries, matrices, pairs, tap.epsilon, tap.merged)
            if reason is not None:
                return reason
        return None


def _double(leaf: Any) -> Any:
    array = np.asarray(leaf) if not isinstance(leaf, jax.Array) else leaf
    floating = jax.numpy.issubdtype(array.dtype, np.floating)
    return array.astype(np.float64) if floating else array


def _count(x: Any) -> int:
    counts = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(x)}
    if len(counts) != 1 or counts & {(), (0,)}:
        raise ValueError(
            f"x has leading axes {sorted(counts)}; expected n >= 1 inputs stacked "
            "along one common leading axis."
        )
    return counts.pop()[0]


def _describe(tap: Tap) -> str | None:
    notes = []
    ways = {"gradient": "per-sample gradients", "forward": "forward mode"}
    for route, how in ways.items():
        sizes = [
            math.prod(leaf.shape)
            for leaf in tap.leaves
            if leaf.route == route and min(leaf.matrix) > 1  # a vector costs nothing
        ]
        if sizes:
            notes.append(
                f"{len(sizes)} of {len(tap.leaves)} parameter arrays ({sum(sizes)} "
                f"parameters) by {how}"
            )
    return "; ".join(notes) or None


class _Static:
    """The static part of a model, compared by value."""

    def __init__(self, tree: Any):
        self.tree = tree
        leaves, treedef = jax.tree.flatten(tree)
        self._key = (tuple(leaves), treedef)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, _Static) and self._key == other._key


@dataclasses.dataclass(frozen=True)
class _Structure:
    """The structure by which leaves and buffers form a model."""

    params: Any
    buffers: Any
    static: _Static

    def function(self, leaves: Sequence[Any], buffers: Sequence[Any], x: Any) -> Any:
        model = eqx.combine(
            jax.tree.unflatten(self.params, leaves),
            jax.tree.unflatten(self.buffers, buffers),
            self.static.tree,
        )
        return model(x)


def _tap_for(structure, leaves, buffers, sample, self_test) -> tuple[Tap, str | None]:
    arrays = jax.tree.leaves((leaves, buffers, sample))
    shapes = tuple((np.shape(a), str(a.dtype)) for a in arrays)
    key = (structure, shapes, jax.tree.structure(sample))
    try:
        known = _TAPS.get(key)
    except TypeError:  # a static leaf cannot be hashed: trace again at every call
        return _tested_tap(structure.function, leaves, buffers, sample, self_test)
    if known is None:
        known = _tested_tap(structure.function, leaves, buffers, sample, self_test)
        while len(_TAPS) >= _KEPT:
            del _TAPS[next(iter(_TAPS))]
        _TAPS[key] = known
    return known


def _tested_tap(function, leaves, buffers, sample, self_test) -> tuple[Tap, str | None]:
    """A tap that passed its self-test, or one in forward mode and the reason."""
    try:
        tap = Tap(function, leaves, buffers, sample)
        reason = self_test(tap, function)
    except (ValueError, TypeError, NotImplementedError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else "no text"
        tap, reason = None, f"the trace failed ({type(error).__name__}: {first})"
    if tap is not None and reason is None:
        return tap, None
    return Tap(function, leaves, buffers, sample, forward=True), reason
