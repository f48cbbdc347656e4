"""The inertia of the Hessian: numbers of positive, negative and zero eigenvalues."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike
from scipy.linalg import block_diag
from scipy.sparse.linalg import eigsh, LinearOperator

from suffice._core import (
    check_inputs,
    count_parameters,
    given,
    Inputs,
    Model,
    ravel,
    require_float64,
)
from suffice.models import TwoLayer

from ._arrays import checked, finite, read, targets
from ._balance import balance
from ._objective import half_squares, objective
from ._signals import signals
from ._signature import Inertia, InertiaMethod, NEAR
from ._slicing import Slicer

DENSE = 1500  # number of parameters up to which a dense factorisation is fastest


def inertia(
    point: Model,
    x: Inputs,
    y: ArrayLike,
    *,
    method: InertiaMethod | None = None,
    tolerance: float = 1e-8,
) -> Inertia:
    r"""The numbers of positive, negative and zero eigenvalues of the Hessian.

        L = ½ Σᵢ |f(xᵢ) - yᵢ|²

    The numbers do not depend on the factor ½. For up to 1500 parameters the Hessian is
    formed (`dense`). For two-layer networks of any width the eigenvalues are counted
    exactly with matrices of the size of the sample (`sliced`). For other large models
    the Lanczos method gives the extreme eigenvalues with their residuals, but no
    counts. Prefer `classify` to find out what kind of point it is.

    Args:
        point: Any callable pytree.
        x: `n` inputs stacked along the leading axis.
        y: Targets, `(n,)` or `(n, outputs)`.
        method: `dense`, `sliced` or `lanczos`; None chooses by size.
        tolerance: Threshold for zero, relative to the largest absolute eigenvalue;
            above 0 and below 0.1. For two-layer networks every neuron is first scaled
            to size 1, which keeps the numbers, and the threshold is absolute; so the
            numbers are right for any number of neurons and any output weights.

    Returns:
        The numbers, with the gap around the threshold.

    Raises:
        ValueError: JAX is in float32 mode; `tolerance` is out of range; numbers are not
            finite; shapes do not agree; or the method is `sliced` and the model is no
            `TwoLayer`.

    Source:
        Haynsworth's inertia additivity and Sylvester's law of inertia; derived and
        verified here.

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> point = sf.TwoLayer(w=jnp.array([[1.0], [1.0]]), a=jnp.array([0.4, 0.6]))
        >>> counts = sf.inertia(point, x, np.tanh(x[:, 0]))
        >>> counts.positive, counts.negative, counts.zero
        (2, 0, 2)
    """
    require_float64("An inertia")
    if not 0 < tolerance < 0.1:
        raise ValueError(f"tolerance is {tolerance}; expected 0 < tolerance < 0.1.")
    finite(point)
    check_inputs(point, x)
    y = _stacked(point, x, given(y, float))
    if method is None:
        method = _choose(point)
    if method == "dense":
        return dense_inertia(point, x, y, tolerance)
    if method == "sliced":
        if not isinstance(point, TwoLayer):
            raise ValueError(
                f"method is 'sliced' and point is a {type(point).__name__}; expected a "
                "TwoLayer. Use 'dense' or 'lanczos'."
            )
        network, inputs, y = checked(point, x, y, "An inertia")
        slicer = Slicer(network, signals(network, inputs, y), balanced=True)
        return _sliced(slicer, network, tolerance)
    return _lanczos(point, x, y, tolerance)


def eigenvalue(point: TwoLayer, x: ArrayLike, y: ArrayLike, *, index: int = 0) -> float:
    """One eigenvalue of the Hessian of a two-layer network of any width.

    It is computed by bisection on exact counts, to ten digits.

    Args:
        point: The network.
        x: Inputs `(n, inputs)`.
        y: Targets, `(n,)` or `(n, outputs)`.
        index: 0 for the lowest, 1 for the next, ...; -1 for the highest, ...

    Raises:
        ValueError: The errors of `inertia`, or `index` is out of range.
    """
    if not isinstance(point, TwoLayer):
        raise ValueError(f"point is a {type(point).__name__}; expected a TwoLayer.")
    network, inputs, outputs = checked(point, x, y, "An eigenvalue")
    if not -network.parameters <= index < network.parameters:
        raise ValueError(
            f"index is {index}; there are {network.parameters} eigenvalues."
        )
    slicer = Slicer(network, signals(network, inputs, outputs))
    return slicer.eigenvalue(index % network.parameters)


def dense_inertia(point: Any, x: Any, y: np.ndarray, tolerance: float) -> Inertia:
    """The inertia of a model from all eigenvalues, of a balanced two-layer Hessian."""
    loss = objective(point, x, y)
    hessian = loss.evaluate(loss.start[None]).hessian[0]
    if not isinstance(point, TwoLayer) or not point.width:
        values = np.linalg.eigvalsh(hessian)
        return count(values, tolerance * float(np.max(np.abs(values), initial=0.0)))
    network = read(point)
    frames = balance(network, signals(network, np.asarray(x, float), y), slice(None))
    rest = np.eye(len(hessian) - frames.shape[0] * frames.shape[1])
    whole = block_diag(*frames, rest / np.sqrt(len(y)))
    values = np.linalg.eigvalsh(whole.T @ hessian @ whole)
    return count(values, _floor(tolerance, float(np.abs(values).max())))


def _floor(tolerance: float, largest: float) -> float:
    """The threshold for zero of a balanced Hessian, whose blocks are of order one."""
    return max(tolerance, 1e3 * np.finfo(float).eps * largest)


def count(values: np.ndarray, floor: float) -> Inertia:
    """The inertia of a complete spectrum, with a threshold for zero."""
    size = np.abs(values)
    zero = size <= floor
    return Inertia(
        parameters=len(values),
        positive=int(np.sum(values > floor)),
        negative=int(np.sum(values < -floor)),
        zero=int(zero.sum()),
        surely_negative=int(np.sum(values < -NEAR * floor)),
        doubtful=int(np.sum((size > floor / NEAR) & (size < floor * NEAR))),
        tolerance=floor,
        largest_zero=float(np.max(size[zero], initial=0.0)),
        smallest_nonzero=float(np.min(size[~zero], initial=np.inf)),
        method="dense",
        extremes=values[[0, -1]] if len(values) else np.zeros(0),
        residuals=np.zeros(min(2, len(values))),
        spectrum=values,
    )


def _choose(point) -> InertiaMethod:
    if count_parameters(point) <= DENSE:
        return "dense"
    return "sliced" if isinstance(point, TwoLayer) else "lanczos"


def _stacked(point, x, y):
    """Targets as `(n, outputs)`, after a check of their shape."""
    leaves = jax.tree.leaves(x)
    if not leaves or not np.ndim(leaves[0]) or len(leaves[0]) == 0:
        raise ValueError("x holds no inputs; expected them along the leading axis.")
    sample = jax.tree.map(lambda leaf: leaf[0], x)
    shape = eqx.filter_eval_shape(point, sample).shape
    return targets(leaves[0], y, int(np.prod(shape)))


def _sliced(slicer: Slicer, network, tolerance) -> Inertia:
    floor = _floor(tolerance, slicer.upper)
    near, far = floor / NEAR, floor * NEAR
    below = slicer.below(np.array([-far, -near, near, far]))
    doubtful = int(below[1] - below[0] + below[3] - below[2])
    # Counts are monotone: without doubtful eigenvalues they equal those at the floor.
    low, high = slicer.below(np.array([-floor, floor])) if doubtful else below[1:3]
    inner, zero, outer = below[2] - below[1], high - low, below[3] - below[0]
    return Inertia(
        parameters=network.parameters,
        positive=int(network.parameters - high),
        negative=int(low),
        zero=int(zero),
        surely_negative=int(below[0]),
        doubtful=doubtful,
        tolerance=floor,
        largest_zero=float(near if inner == zero else floor),
        smallest_nonzero=float(far if outer == zero else floor),
        method="sliced",
        extremes=np.zeros(0),
        residuals=np.zeros(0),
        spectrum=np.zeros(0),
    )


def lowest(point: Any, x: Any, y: np.ndarray) -> tuple[float, jnp.ndarray, float]:
    """The lowest eigenvalue of the Hessian, its eigenvector, and the residual norm."""
    (value,), (vector,), (error,) = _extreme(point, x, y, "SA", 1)
    return value, jnp.asarray(vector), error


def _extreme(point, x, y, end, wanted):
    """Eigenvalues at one end of the spectrum, eigenvectors and residual norms."""
    size = ravel(point)[0].size
    operator = LinearOperator(
        (size, size), matvec=lambda v: _product(point, x, y, v), dtype=np.float64
    )
    start = np.random.default_rng(0).standard_normal(size)
    values, vectors = eigsh(operator, k=wanted, which=end, v0=start, tol=1e-9)
    errors = [
        float(np.linalg.norm(_product(point, x, y, vector) - value * vector))
        for value, vector in zip(values, vectors.T, strict=True)
    ]
    return values.tolist(), vectors.T, errors


def _lanczos(point, x, y, tolerance) -> Inertia:
    size = ravel(point)[0].size
    wanted = min(6, size - 1)
    low, high = (_extreme(point, x, y, end, wanted) for end in ("SA", "LA"))
    eigenvalues, residuals = low[0] + high[0], low[2] + high[2]
    values, errors = np.array(eigenvalues), np.array(residuals)
    floor = tolerance * float(np.max(np.abs(values)))
    return Inertia(
        parameters=size,
        positive=None,
        negative=int(np.sum((values + errors < -floor)[: len(values) // 2])),
        zero=None,
        surely_negative=int(np.sum(values + errors < -NEAR * floor)),
        doubtful=0,
        tolerance=floor,
        largest_zero=np.nan,
        smallest_nonzero=np.nan,
        method="lanczos",
        extremes=values,
        residuals=errors,
        spectrum=np.zeros(0),
    )


@eqx.filter_jit
def _hvp(point, x, y, direction):
    theta, unravel = ravel(point)

    def gradient(vector):
        return jax.grad(lambda t: half_squares(unravel(t), x, y))(vector)

    return jax.jvp(gradient, (theta,), (direction,))[1]


def _product(point, x, y, direction):
    flat = jnp.asarray(direction, float).reshape(-1)
    return np.asarray(_hvp(point, x, y, flat), float)
