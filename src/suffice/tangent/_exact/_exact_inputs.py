"""Inputs and output weights of the rows of an exact tangent matrix."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import Model, ravel
from suffice.models import Domain, Points, RealSpace, Sphere
from suffice.models._shared import input_shape
from suffice.tangent._precision._kinks import on_kinks
from suffice.tangent._sampled import describe

from ._ring import NotExact, Ring
from ._rows import count_outputs

_FEW = 16  # random inputs of which it is checked whether they are on a kink
Draw = Callable[[tuple[int, ...]], np.ndarray]


@dataclasses.dataclass(frozen=True)
class ExactInputs:
    """Inputs and output weights of the rows of an exact tangent matrix.

    Attributes:
        x: Inputs, ring elements or plain integers, one per row.
        u: Weights of the outputs, one vector per row.
        finite: Whether the domain is finite, so that the rows are all of its values.
        domain: The domain in words.
    """

    x: np.ndarray
    u: np.ndarray
    finite: bool
    domain: str


def exact_inputs(
    model: Model, domain: Domain, ring: Ring, draw: Draw, rows: int, rng
) -> ExactInputs:
    """All points of a finite domain, or `rows` random points of a continuous domain.

    At a random point one random integer combination of the outputs is taken; `rows`
    such functionals in general position are independent on a space of that dimension.

    Args:
        model: Any callable pytree.
        domain: Domain of the inputs.
        ring: The ring of the numbers.
        draw: Function of a shape that returns random ring elements.
        rows: Number of rows on a continuous domain.
        rng: NumPy generator of the output weights.
    """
    if isinstance(domain, Points):
        points = np.asarray(domain.x)
        outputs = _outputs(model, points)
        x = np.repeat(ring.array(points), outputs, axis=0)
        u = np.tile(np.eye(outputs, dtype=int), (len(points), 1))
        return ExactInputs(x, _elements(ring, u), True, describe(domain))
    x = _drawn(ring, domain, draw, rows)
    outputs = _outputs(model, np.empty(x.shape))
    u = rng.integers(1, 1 << 16, (rows, outputs)) if outputs > 1 else np.ones((rows, 1))
    return ExactInputs(x, _elements(ring, u), False, describe(domain))


def refuse_kinks(
    model: Model, domain: Domain, parameters: Sequence[Any] | None = None
) -> None:
    """Check that a model has a derivative at the inputs of a domain.

    A few random inputs are checked where the domain is infinite: on a whole region a
    neuron may receive exactly zero.

    Args:
        model: Any callable pytree.
        domain: Domain of the inputs.
        parameters: Numbers in the place of those of the model, or None.

    Raises:
        NotExact: The tangent row of an input jumps as the parameters move.
    """
    if parameters is not None:
        model = ravel(model)[1](jnp.array([float(v) for v in parameters]))
    kinks = on_kinks(model, domain.sample(jax.random.key(0), _FEW))
    if kinks.any():
        which = f"{kinks.sum()} of {len(kinks)} inputs lie on a kink"
        raise NotExact(
            f"{which}, so that the model has no derivative there; move them a little, "
            "leave them out, or use tangent_rank, which does."
        )


def _drawn(ring: Ring, domain: RealSpace | Sphere, draw: Draw, rows: int) -> np.ndarray:
    if isinstance(domain, RealSpace):
        return draw((rows, *input_shape(domain)))
    # Stereographic projection maps a plane to the sphere by rational operations, so
    # the points lie exactly on the sphere.
    t = draw((rows, domain.dim - 1))
    one, radius = ring.convert(1), ring.convert(float(domain.radius))
    square = np.add.reduce(t * t, axis=1, keepdims=True)
    ends = np.concatenate([t + t, one - square], axis=1)
    return ring.settle(radius * ring.divide(ring.settle(ends), one + square))


def _outputs(model: Model, x: np.ndarray) -> int:
    dtype = x.dtype if x.dtype.kind in "iub" else np.dtype(np.float64)
    return count_outputs(model, jax.ShapeDtypeStruct(x.shape[1:], dtype))


def _elements(ring: Ring, values: Any) -> np.ndarray:
    return ring.array(np.asarray(values).astype(object))
