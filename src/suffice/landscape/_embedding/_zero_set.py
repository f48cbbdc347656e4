"""Zeros of the residual function, where a new neuron is critical."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import Array, ArrayLike, Float, Key
from scipy.optimize import brentq, least_squares

from suffice._core import Model, numpy_rng, Result
from suffice._core.literature import bases
from suffice.landscape._network._arrays import checked, Network
from suffice.landscape._network._attainable import is_least
from suffice.landscape._network._jet import Jet, jet
from suffice.landscape._network._signals import Signals, signals

ZeroSetStatus = Literal["found", "none found"]
_CHORDS, _STEPS = 256, 33


class NoSuchNeuron(ValueError):
    """The search found no zero, or no double zero, of the residual function."""


class ResidualFunction:
    r"""The residual function of a point of a network with one hidden layer.

        φ(w) = Σᵢ rᵢ s(w·xᵢ),   G(w) = Σᵢ rᵢ s'(w·xᵢ) xᵢᵀ

    A point is critical exactly if `phi(w_k) = 0` and `a_k . G(w_k) = 0` for every
    neuron. The residual function depends on the point through the residual `r` only.

    Attributes:
        vanishes: Whether it is zero everywhere. This holds exactly if no parameters of
            any width have a lower loss on these inputs: at zero loss, and wherever only
            a residual is left that equal or mirrored inputs force on every network.

    Source:
        arXiv:2405.17501, section 4.
    """

    def __init__(self, network: Network, found: Signals):
        self.inputs, self.residual = found.h[0], found.residual
        self.activation = network.activation
        self.vanishes = is_least(network, found)

    def jet(self, w: np.ndarray) -> Jet:
        """Outputs of neurons `(k, D)` on the samples, `(k, n)`, with derivatives."""
        return jet(self.activation, w @ self.inputs.T)

    def neurons(self, w: np.ndarray) -> np.ndarray:
        """Outputs of neurons `(k, D)` on the samples, `(k, n)`."""
        return self.jet(w).s

    def value(self, w: np.ndarray) -> np.ndarray:
        """The function `phi` at weight vectors `(k, D)`, of shape `(k, outputs)`."""
        return self.neurons(w) @ self.residual

    def slope(self, w: np.ndarray) -> np.ndarray:
        """The slope `G`, of shape `(k, outputs, D)`."""
        s1 = self.jet(w).s1
        return np.einsum("kn,no,nd->kod", s1, self.residual, self.inputs)

    def inner(self, w: np.ndarray) -> np.ndarray:
        """The form `sum_i r_i s''(w . x_i) x_i x_i^T`, `(k, outputs, D, D)`."""
        s2 = self.jet(w).s2
        u = self.inputs
        return np.einsum("kn,no,nd,ne->kode", s2, self.residual, u, u, optimize=True)

    def scale(self, w: np.ndarray) -> np.ndarray:
        """The sum of the absolute terms of `phi`, `(k,)`, as scale for its zeros."""
        return np.max(np.abs(self.neurons(w)) @ np.abs(self.residual), axis=1)


@dataclasses.dataclass(frozen=True)
class ZeroSet(Result):
    """Points of the zero set `Z = {phi = 0}` of the residual function.

    Attributes:
        points: Weight vectors with the bias last, `(count, D)`.
        transversality: `|G|` at each point. If it is positive, `Z` is a smooth
            hypersurface there, and a null neuron is a strict saddle.
        status: `found`, or `none found` if too few zeros were found; this suggests, but
            does not prove, that there are no such null neurons.
        tried: Number of weight vectors at which `phi` was evaluated.
    """

    grounds = bases.ZEROS

    points: Float[np.ndarray, "count dim"]
    transversality: Float[np.ndarray, " count"]
    status: ZeroSetStatus
    tried: int

    def headline(self) -> str:
        """The number of zeros, in one sentence."""
        if self.status == "none found":
            return (
                f"The residual function has no zero on {self.tried} weight vectors: no "
                "such neuron was found."
            )
        return f"{len(self.points)} zeros of the residual function."


def zero_set(
    point: Model,
    x: ArrayLike,
    y: ArrayLike,
    *,
    count: int = 1,
    scale: float = 2.0,
    key: Key[Array, ""],
) -> ZeroSet:
    """Weight vectors at which a new neuron with zero output weight is critical.

    For a scalar output, zeros of the residual function are located at changes of sign
    along random chords and refined by Newton's method; for several outputs, by the
    Gauss-Newton method from random starts. The neurons of the point are double zeros;
    they are excluded. `embed` with kind `null` uses these weight vectors.

    Args:
        point: A `TwoLayer`.
        x: Inputs `(n, inputs)`.
        y: Targets, `(n,)` or `(n, outputs)`.
        count: Number of weight vectors, at least 1.
        scale: Standard deviation of the weight vectors that are tried, above 0.
        key: Random key.

    Returns:
        The zeros; fewer than `count`, with status `none found`, if the search fails.

    Raises:
        ValueError: The errors of `embed`, or the residual function is zero everywhere.

    Examples:
        >>> nothing = sf.TwoLayer(w=jnp.ones((1, 2)), a=jnp.zeros(1))
        >>> x, y = np.eye(2), np.array([1.0, -1.0])
        >>> zeros = sf.landscape.zero_set(nothing, x, y, count=3, key=jax.random.key(0))
        >>> u, v = zeros.points.T
        >>> bool(np.allclose(np.tanh(u) - np.tanh(v), 0.0))  # the residual function
        True
    """
    network, inputs, outputs = checked(point, x, y, "A zero set")
    if len(network.weights) != 2:
        raise ValueError("point has several hidden layers; expected a TwoLayer.")
    if count < 1 or not scale > 0:
        raise ValueError(
            f"count is {count} and scale is {scale}; expected positive numbers."
        )
    point_signals = signals(network, inputs, outputs)
    function = ResidualFunction(network, point_signals)
    if function.vanishes:
        raise ValueError(
            "no network fits these samples better, so every weight vector is a zero of "
            "phi; any neuron with zero output weight is null."
        )
    return sample_zeros(function, network.rows(0), count, scale, numpy_rng(key))


def sample_zeros(
    function: ResidualFunction,
    known: np.ndarray,
    count: int,
    scale: float,
    rng: np.random.Generator,
) -> ZeroSet:
    """Zeros of `phi` other than the known double zeros."""
    size = function.inputs.shape[1]
    points, tried = np.zeros((0, size)), 0
    single = function.residual.shape[1] == 1
    for _ in range(8):
        tried += _CHORDS * (_STEPS if single else 1)
        for w in (_chords if single else _starts)(function, scale, rng):
            if len(points) < count and _regular(function, w, known):
                points = np.vstack([points, w])
            if len(points) == count:
                break
        if len(points) == count:
            break
    slopes = function.slope(points) if len(points) else np.zeros((0, 1, size))
    return ZeroSet(
        points=points,
        transversality=np.linalg.norm(slopes, axis=(1, 2)),
        status="found" if len(points) == count else "none found",
        tried=tried,
    )


def _regular(function, w, known):
    """Whether a vector is a zero up to rounding and no neuron of the network."""
    level = np.max(np.abs(function.value(w[None])))
    if level > 1e-12 * function.scale(w[None])[0]:
        return False
    both = np.vstack([known, -known])
    return len(both) == 0 or np.min(np.linalg.norm(both - w, axis=1)) > 1e-2


def _chords(function, scale, rng):
    size = function.inputs.shape[1]
    ends = scale * rng.standard_normal((2, _CHORDS, size))
    t = np.linspace(0, 1, _STEPS)[:, None, None]
    values = function.value((ends[0] + t * (ends[1] - ends[0])).reshape(-1, size))
    values = values.reshape(_STEPS, _CHORDS)
    steps, chords = np.nonzero(values[:-1] * values[1:] < 0)
    _, first = np.unique(chords, return_index=True)
    for i in first:
        a, b = ends[:, chords[i]]

        def along(t, a=a, b=b):
            return float(function.value((a + t * (b - a))[None])[0, 0])

        low, high = steps[i] / (_STEPS - 1), (steps[i] + 1) / (_STEPS - 1)
        if along(low) * along(high) < 0:
            yield _newton(function, a + brentq(along, low, high, xtol=1e-14) * (b - a))


def _newton(function, w):
    for _ in range(3):
        slope = function.slope(w[None])[0]
        if not np.linalg.norm(slope) > 0:
            break
        w = w - np.linalg.lstsq(slope, function.value(w[None])[0], rcond=None)[0]
    return w


def _starts(function, scale, rng):
    for start in scale * rng.standard_normal((_CHORDS // 8, function.inputs.shape[1])):
        solution = least_squares(
            lambda w: function.value(w[None])[0],
            start,
            jac=lambda w: function.slope(w[None])[0],
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
        yield _newton(function, solution.x)


def double_zero(
    function: ResidualFunction, known: np.ndarray, rng: np.random.Generator
) -> np.ndarray | None:
    """A zero of `phi` and of its slope, other than the known ones, or None."""
    both = np.vstack([known, -known])
    for start in 1.5 * rng.standard_normal((64, function.inputs.shape[1])):
        solution = least_squares(
            lambda w: np.concatenate(
                [function.value(w[None])[0], function.slope(w[None])[0].ravel()]
            ),
            start,
            jac=lambda w: np.concatenate(
                [
                    function.slope(w[None])[0],
                    function.inner(w[None])[0].reshape(-1, len(w)),
                ]
            ),
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
        w = solution.x
        level = np.sqrt(2 * solution.cost) / max(function.scale(w[None])[0], 1e-300)
        far = len(both) == 0 or np.min(np.linalg.norm(both - w, axis=1)) > 1e-2
        if level < 1e-9 and np.linalg.norm(w) < 30 and far:
            return w
    return None
