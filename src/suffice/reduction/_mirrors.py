"""Another form of a reduced network, whose tangent space can be smaller."""

import numpy as np
import scipy.linalg

from suffice.models import Activation, DeepNetwork, TwoLayer

from ._atoms import Hidden
from ._deep import Net, network_of
from ._hidden_layer import hidden_layer, two_layer_like


def mirrored(model: TwoLayer | DeepNetwork) -> TwoLayer | DeepNetwork:
    """The same function with mirror images of neurons in place of added pairs.

    A pair of neurons that `reduce` adds for a linear function (with softplus, GELU or
    ReLU) has tangent directions of its own. The mirror images of neurons that exist
    already add linear functions only, but more neurons may be needed. The model itself
    is returned where it has no such pair, or where its neurons do not span the linear
    function.
    """
    if isinstance(model, TwoLayer):
        return two_layer_like(model, _mirrored(hidden_layer(model), model.activation))
    net = Net.of(model)
    for q in range(len(net.weights) - 1):
        net.put(q, _mirrored(net.hidden(q), net.activation))
    return network_of(model, net)


def _mirrored(hidden: Hidden, activation: Activation) -> Hidden:
    first, second = _pairs(hidden) if activation.tilt else ([], [])
    if not first:
        return hidden
    v, a = _vectors(hidden), hidden.a
    rest = np.delete(np.arange(len(v)), [*first, *second])
    linear = activation.tilt * v[first].T @ a[first]
    free = len(linear) if hidden.b is None or hidden.c is None else len(linear) - 1
    used, share = _combination(v[rest, :free], linear[:free])
    if used is None:
        return hidden
    shift = linear[free:] - v[rest[used], free:].T @ share
    grown, share = a.copy(), share / activation.tilt
    grown[rest[used]] += share
    return Hidden(
        np.vstack([hidden.w[rest], -hidden.w[rest[used]]]),
        np.vstack([grown[rest], -share]),
        None if hidden.b is None else np.append(hidden.b[rest], -hidden.b[rest[used]]),
        None if hidden.c is None else hidden.c + shift.sum(axis=0),
    )


def _vectors(hidden: Hidden) -> np.ndarray:
    return hidden.w if hidden.b is None else np.column_stack([hidden.w, hidden.b])


def _pairs(hidden: Hidden) -> tuple[list[int], list[int]]:
    """Neurons that are together a linear function: opposite vectors and weights."""
    rows = np.column_stack([_vectors(hidden), hidden.a]) + 0.0
    where: dict[bytes, int] = {}
    first, second = [], []
    for index, row in enumerate(rows):
        if (twin := where.pop((0.0 - row).tobytes(), None)) is not None:
            first.append(twin)
            second.append(index)
        else:
            where[row.tobytes()] = index
    return first, second


def _combination(
    vectors: np.ndarray, goal: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray]:
    """A few rows of `vectors` and the multiples of them that add up to the goal."""
    _, triangle, order = scipy.linalg.qr(vectors.T, mode="economic", pivoting=True)
    size = np.abs(np.diag(triangle))
    used = order[: int((size > 1e-4 * size.max(initial=0.0)).sum())]
    share = np.linalg.lstsq(vectors[used].T, goal, rcond=None)[0]
    left = np.abs(vectors[used].T @ share - goal).max(initial=0.0)
    small = 1e-13 * np.abs(goal).max(initial=0.0)
    return (used if left <= small else None), share
