"""Exact rows of a tangent matrix: the traced gradient, evaluated over a ring."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal
from jax.flatten_util import ravel_pytree

from suffice._core import all_equations, Model, partition, require_float64

from ._interpreter import evaluate_exactly
from ._numbers import NotExact
from ._ring import Ring

ERF_SLOPE = 2.0 / np.sqrt(np.pi)  # the constant in JAX's derivative of erf


@dataclasses.dataclass(frozen=True)
class TangentRows:
    """Gradients of weighted outputs at a batch of inputs, ready for any ring.

    Row `i` is the gradient of `u_i . f(x_i)` with respect to all parameters, in the
    order of `ravel`.

    Attributes:
        program: The traced batched gradient of `(parameters, x, u)`.
        shapes: Shapes of the parameter leaves.
        batch: Number of rows that one evaluation gives.
        erf: Whether the program contains the derivative of erf.
    """

    program: ClosedJaxpr
    shapes: tuple[tuple[int, ...], ...]
    batch: int
    erf: bool

    @property
    def parameters(self) -> int:
        """Number of parameters `M`, the length of a row."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    def __call__(
        self, ring: Ring, theta: np.ndarray, x: np.ndarray, u: np.ndarray
    ) -> np.ndarray:
        """The rows at inputs `x` and output weights `u`, of shape `(n, M)`."""
        return np.concatenate(list(self.blocks(ring, theta, x, u)))

    def blocks(
        self, ring: Ring, theta: np.ndarray, x: np.ndarray, u: np.ndarray
    ) -> Iterator[np.ndarray]:
        """The same rows in blocks of `batch`."""
        n = len(x)
        for start in range(0, n, self.batch):
            which = np.arange(start, start + self.batch) % n
            yield self._block(ring, theta, x[which], u[which])[: n - start]

    def _block(self, ring, theta, x, u):
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        pieces = np.split(theta, np.cumsum(sizes)[:-1])
        leaves = [v.reshape(s) for v, s in zip(pieces, self.shapes, strict=True)]
        constants = {}
        if self.erf and ring.erf_slope is not None:
            slope = ring.erf_slope()
            constants = {ERF_SLOPE: slope, -ERF_SLOPE: -slope}
        out = evaluate_exactly(self.program, ring, *leaves, x, u, constants=constants)
        return np.concatenate([g.reshape(len(x), -1) for g in out], axis=1)


def trace_rows(model: Model, x: np.ndarray, *, batch: int) -> TangentRows:
    """Trace the batched gradient of a model once.

    Args:
        model: Any callable pytree.
        x: Inputs stacked along the leading axis; only shape and dtype matter.
        batch: Rows per evaluation.

    Raises:
        ValueError: JAX is in float32 mode or the model has no parameters.
        NotExact: The model uses erf and also the constant `2 / sqrt(pi)` of its
            derivative, so that the two uses cannot be distinguished.
    """
    require_float64("An exact rank")
    params, rest = partition(model)
    leaves = jax.tree.leaves(params)
    if not leaves:
        raise ValueError(
            "model has no floating-point parameters; pass a callable pytree, e.g. "
            "jax.tree_util.Partial(function, parameters)."
        )

    def weighted(params, sample, u):
        out = eqx.combine(params, rest)(sample)
        return jnp.vdot(u, ravel_pytree(out)[0])

    sample = jax.ShapeDtypeStruct(x.shape[1:], x.dtype)
    batch_of_samples = jax.ShapeDtypeStruct((batch, *x.shape[1:]), x.dtype)
    weights = jax.ShapeDtypeStruct((batch, count_outputs(model, sample)), np.float64)
    gradient = jax.vmap(jax.grad(weighted), (None, 0, 0))
    program = jax.make_jaxpr(gradient)(params, batch_of_samples, weights)
    equations = all_equations(program.jaxpr)
    erf = any(eqn.primitive.name in ("erf", "erfc") for eqn in equations)
    if erf:
        value = jax.make_jaxpr(lambda p, sample: eqx.combine(p, rest)(sample))(
            params, sample
        )
        if any(map(_has_erf_slope, all_equations(value.jaxpr))):
            raise NotExact(
                f"the model uses erf and the constant {ERF_SLOPE}, which the "
                "derivative of erf contains; write the constant in another way."
            )
    return TangentRows(program, tuple(v.shape for v in leaves), batch, erf)


def count_outputs(model: Model, sample: Any) -> int:
    """The number of scalar outputs at one input."""
    out = eqx.filter_eval_shape(model, sample)
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(out))


def exact_parameters(
    model: Model, ring: Ring, parameters: Sequence[Any] | None
) -> np.ndarray:
    """The parameter vector in a ring: the floats of the model, or given rationals.

    Raises:
        ValueError: The number of given parameters differs from that of the model.
    """
    leaves = jax.tree.leaves(partition(model)[0])
    size = sum(leaf.size for leaf in leaves)
    if parameters is None:
        return ring.array(np.concatenate([np.asarray(v).ravel() for v in leaves]))
    if len(parameters) != size:
        raise ValueError(
            f"parameters has {len(parameters)} numbers, the model has {size}; give one "
            "number per parameter, in the order of ravel(model)."
        )
    flat = np.empty(size, object)
    flat[:] = [ring.convert(v) for v in parameters]
    return flat


def _has_erf_slope(eqn) -> bool:
    literals = [np.asarray(v.val) for v in eqn.invars if isinstance(v, Literal)]
    return any(v.ndim == 0 and abs(v) == ERF_SLOPE for v in literals)
