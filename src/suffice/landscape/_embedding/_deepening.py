"""Insertion of a hidden layer on an interval where the activation is affine."""

import dataclasses
import math

import numpy as np

from suffice.landscape._network._arrays import Network
from suffice.landscape._network._jet import jet
from suffice.models import Activation


@dataclasses.dataclass(frozen=True)
class Deepening:
    """Insert a hidden layer that uses an affine piece of the activation.

    Attributes:
        after: The hidden layer after which it is inserted; 1 for the first.
        width: Number of neurons, at least that of the previous layer.
        interval: An interval on which the activation is affine; None takes the positive
            half line of ReLU-type activations and raises an error for others.
        margin: Distance of all samples from the ends of the interval.

    Source:
        Depth lifting: arXiv:2205.13283; this form is derived and verified here.

    Examples:
        >>> key = jax.random.key(0)
        >>> net = sf.DeepNetwork.normal((1, 2, 1), activation="relu", key=key)
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> layer = sf.landscape.Deepening(after=1, width=3)
        >>> deep = sf.embed(net, x, jax.vmap(net)(x), kind=layer, key=key)
        >>> deep.widths, bool(deep.difference < 1e-12)  # deeper, and the same function
        ((2, 3), True)
    """

    after: int = 1
    width: int = 2
    interval: tuple[float, float] | None = None
    margin: float = 0.1


def deepen(
    network: Network, kind: Deepening, h: np.ndarray, rng: np.random.Generator
) -> Network:
    """The network with one more layer and the same values on the samples.

    Args:
        network: The narrow network.
        kind: Position and width of the layer.
        h: Outputs of hidden layer `after` on the samples, `(n, width)`.
        rng: Generator for the free parts of the weights.

    Raises:
        ValueError: The layer does not exist; it has too few neurons; the activation has
            no affine piece; or biases are missing.
    """
    p, q = h.shape[1], kind.width
    if q < p:
        raise ValueError(
            f"width is {q}; expected at least {p}, the width of the layer before it, "
            "since a narrower layer loses information."
        )
    low, high = _interval(network.activation, kind.interval)
    slope, offset = _line(network.activation, low, high)
    biased = network.biases[kind.after] is not None
    if biased:
        matrix, bias = _into(h, q, low + kind.margin, high - kind.margin, rng)
    else:
        matrix, bias = _cone(h, q, low, high, offset, rng), None
    inverse = np.linalg.pinv(slope * matrix)
    v = network.weights[kind.after]
    free = rng.standard_normal((len(v), q))
    onto = v @ inverse + free - free @ (matrix @ np.linalg.pinv(matrix))
    c = network.biases[kind.after]
    if c is not None and bias is not None:
        c = c - onto @ (slope * bias + offset)
    weights, biases = list(network.weights), list(network.biases)
    weights[kind.after : kind.after + 1] = [matrix, onto]
    biases[kind.after : kind.after + 1] = [bias, c]
    return network._replace(weights=tuple(weights), biases=tuple(biases))


def _interval(activation: Activation, interval) -> tuple[float, float]:
    if interval is not None:
        low, high = map(float, interval)
        if not low < high:
            raise ValueError(f"interval is {interval}; expected (low, high).")
        return low, high
    if activation.straight is not None:
        return activation.straight
    raise ValueError(
        f"{activation.name} is not known to be a straight line on any interval, so "
        "no layer can be inserted without a change of the function; pass the interval "
        "where it is one, or use a ReLU-type activation."
    )


def _line(activation, low, high) -> tuple[float, float]:
    """The slope and offset of the activation, which must be affine on the interval."""
    left = low if math.isfinite(low) else min(high, 0.0) - 10
    right = high if math.isfinite(high) else max(low, 0.0) + 10
    z = np.linspace(left, right, 66)[1:-1]
    values = jet(activation, z)
    if not np.allclose(values.s1, values.s1[0], rtol=1e-12, atol=1e-14) or np.any(
        np.abs(values.s2) > 1e-12
    ):
        raise ValueError(
            f"{activation.name} is no straight line between {left:g} and {right:g}."
        )
    slope = float(values.s1[0])
    if slope == 0:
        raise ValueError(
            f"{activation.name} is constant between {left:g} and {right:g}; expected "
            "an interval where it has a slope."
        )
    return slope, float(values.s[0] - slope * z[0])


def _into(h, q, low, high, rng):
    """An affine map, as matrix and bias, of all samples into an interval."""
    if not low < high:
        raise ValueError(
            "the interval is shorter than twice the margin; lower the margin."
        )
    matrix = _independent(rng, q, h.shape[1])
    z = h @ matrix.T
    if math.isfinite(low) and math.isfinite(high):
        room = 0.9 * (high - low) / max(float(np.ptp(z, axis=0).max()), 1e-12)
        matrix, z = min(1.0, room) * matrix, min(1.0, room) * z
        return matrix, 0.5 * (low + high) - 0.5 * (z.min(axis=0) + z.max(axis=0))
    if math.isfinite(low):
        return matrix, low - z.min(axis=0)
    return matrix, high - z.max(axis=0)


def _cone(h, q, low, high, offset, rng):
    """A matrix without biases that maps positive values to positive values."""
    if low != 0 or math.isfinite(high) or offset != 0 or (h < 0).any():
        raise ValueError(
            "the network has no biases after this layer; without them a layer can be "
            "inserted for ReLU only, whose values are positive. Add biases of zero."
        )
    return np.abs(_independent(rng, q, h.shape[1]))


def _independent(rng, q, p):
    """A well-conditioned random `(q, p)` matrix."""
    drawn = [rng.standard_normal((q, p)) for _ in range(8)]
    return max(drawn, key=lambda m: float(np.linalg.svd(m, compute_uv=False)[-1]))
