"""Directions along which the loss falls, from the inner and mixed forms of neurons."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from suffice.landscape._embedding._predict import restricted
from suffice.landscape._embedding._zero_set import ResidualFunction
from suffice.landscape._network._arrays import Network
from suffice.landscape._network._signals import Forms, Signals

from ._anatomy import Anatomy

WayKind = Literal[
    "kink", "pair", "block", "mixed", "null", "silent", "inherited", "eigenvector"
]
_TINY = 1e-9  # relative size of a form below which it counts as zero


class Way(NamedTuple):
    """A direction, not normalised, with the second derivative along its unit vector.

    Attributes:
        kind: The kind of direction, as in `SaddleEscape`.
        direction: A direction, with the arrays of a network.
        curvature: Second derivative of the loss along the unit direction.
        neurons: The neurons that move first.
        drop: Decrease at the full step, where it is known exactly; else 0.
        slope: One-sided derivative of the loss along the unit direction; 0 at a
            critical point.
    """

    kind: WayKind
    direction: Network
    curvature: float
    neurons: tuple[int, ...]
    drop: float = 0.0
    slope: float = 0.0


class Group(NamedTuple):
    """The copies of one neuron.

    Attributes:
        neurons: Their numbers.
        factors: Factors of their incoming weights.
        shares: Their fractions of the outgoing weights.
        into: Matrix that lifts incoming weights of the narrow neuron to those of a
            copy, since the layer below may be copied as well.
        out: The same for outgoing weights and the layer above.
    """

    neurons: np.ndarray
    factors: np.ndarray
    shares: np.ndarray
    into: np.ndarray
    out: np.ndarray


def group_ways(
    network: Network, q: int, group: Group, shape: Forms, t: int
) -> Iterator[Way]:
    r"""Ways that move copies of one neuron of hidden layer `q` apart.

    With `B v = beta v` and `sum_i alpha_i c_i = 0` the moves `c_i v` of the incoming
    weights have, for unit `c` and `v`,

        Q = β Σᵢ αᵢ cᵢ²

    which is smallest over `c` for eigenvectors of `diag(alpha)` on that hyperplane; a
    pair `c = (alpha_j, -alpha_i)` has `Q = beta alpha_i alpha_j (alpha_i + alpha_j)
    / (alpha_i^2 + alpha_j^2)`.
    """
    mixed, inner, floor = shape.mixed[t], shape.inner[t], _TINY * shape.size.max()
    bends, vectors = np.linalg.eigh(inner)
    weights, patterns = restricted(group.shares)
    for beta, v in ((bends[0], vectors[:, 0]), (bends[-1], vectors[:, -1])):
        if abs(beta) <= floor:
            continue
        for mu, c in ((weights[0], patterns[:, 0]), (weights[-1], patterns[:, -1])):
            if beta * mu < -floor:
                moves = np.multiply.outer(c, v)
                yield _apart(network, q, group, moves, beta * mu, "block")
        yield from _pair_ways(network, q, group, beta, v)
    if np.linalg.norm(mixed) > floor:
        yield from _mixed_ways(network, q, group, mixed, inner)


def _pair_ways(network, q, group, beta, v) -> Iterator[Way]:
    """The best pair of a group along one eigenvector of `B`."""
    s, t = group.shares[:, None], group.shares[None]
    size = s**2 + t**2
    table = beta * s * t * (s + t) / np.where(size > 0, size, 1.0)
    np.fill_diagonal(table, 0.0)
    i, j = np.unravel_index(np.argmin(table), table.shape)
    if table[i, j] < -_TINY * np.abs(table).max():
        moves = np.zeros((len(group.shares), len(v)))
        moves[i], moves[j] = group.shares[j] * v, -group.shares[i] * v
        yield _apart(network, q, group, moves, table[i, j], "pair")


def _mixed_ways(network, q, group, mixed, inner) -> Iterator[Way]:
    r"""Output weights of a pair against each other, along a singular pair of `G`.

    With `c^T G u = s` and `beta = u^T B u`, the moves `tau c`, `-tau c` of the outgoing
    and `kappa alpha_j u`, `-kappa alpha_i u` of the incoming weights have

        Q ∝ 2 τ κ s (αᵢ + αⱼ) + κ² β αᵢ αⱼ (αᵢ + αⱼ)
    """
    left, size, right = np.linalg.svd(mixed)
    c, u, s = left[:, 0], right[0], size[0]
    beta, best = float(u @ inner @ u), None
    for i in range(len(group.shares)):
        for j in range(i):
            p, r = group.shares[i], group.shares[j]
            root = np.sqrt(np.maximum([2.0, p**2 + r**2], 1e-300))
            cross = s * (p + r)
            form = np.array([[0.0, cross], [cross, beta * p * r * (p + r)]])
            values, vectors = np.linalg.eigh(form / np.multiply.outer(root, root))
            if p**2 + r**2 > 0 and (best is None or values[0] < best[0]):
                best = values[0], vectors[:, 0] / root, i, j
    if best is None or best[0] >= -_TINY * s:
        return
    value, (tau, kappa), i, j = best
    moves = np.zeros((len(group.shares), len(u)))
    moves[i], moves[j] = kappa * group.shares[j] * u, -kappa * group.shares[i] * u
    way = _apart(network, q, group, moves, value, "mixed")
    c = group.out @ c
    columns, lost = way.direction.weights[q + 1].copy(), 0.0 * c
    for k, sign in ((i, 1.0), (j, -1.0)):
        factor = network.activation.multiple(group.factors[k])
        columns[:, group.neurons[k]] += sign * tau * c / factor
        if factor < 0:
            lost = lost - 2 * network.activation.centre * sign * tau * c / factor
    biases = list(way.direction.biases)
    if biases[q + 1] is not None:  # mirrored logistic copies carry a constant
        biases[q + 1] = biases[q + 1] + lost
    direction = way.direction.with_outgoing(q, columns)._replace(biases=tuple(biases))
    yield way._replace(direction=direction, curvature=value / norm(direction) ** 2)


def lifts(body: Anatomy, network: Network, q: int) -> tuple[np.ndarray, np.ndarray]:
    """The matrices `into` and `out` of the neurons of hidden layer `q`."""
    size, known = network.rows(q).shape[1], network.activation
    into, out = np.eye(size), np.eye(network.outputs)
    if q:
        below = body.plan[q - 1]
        into = np.zeros((size, body.narrow.rows(q).shape[1]))
        each = np.bincount(below.groups)[below.groups] * known.multiple(below.factors)
        into[body.targets[q - 1], below.groups] = 1 / each
        if network.biases[q] is not None:
            mirrored = (below.factors < 0) @ into[body.targets[q - 1]]
            into[-1] = -2 * known.centre * mirrored
            into[-1, -1] = 1.0
    if q + 1 < len(body.plan):
        above = body.plan[q + 1]
        out = np.zeros((network.hidden[q + 1], body.narrow.hidden[q + 1]))
        out[body.targets[q + 1], above.groups] = above.factors
    return into, out


def _apart(network, q, group, moves, curvature, kind) -> Way:
    direction = zeros(network)
    rows = direction.rows(q).copy()
    rows[group.neurons] = group.factors[:, None] * (moves @ group.into.T)
    neurons = tuple(int(k) for k in group.neurons[np.any(moves != 0, axis=1)])
    longer = float(np.linalg.norm(rows) / np.linalg.norm(moves))
    curvature = float(curvature) / longer**2
    return Way(kind, direction.with_rows(q, rows), curvature, neurons)


def idle_ways(network: Network, point_signals: Signals, body: Anatomy) -> Iterator[Way]:
    """Ways of neurons with zero output weight, in a network with one hidden layer."""
    function = ResidualFunction(network, point_signals)
    if function.vanishes:
        return
    silent = [int(k) for k in np.flatnonzero(~network.weights[1].any(axis=0))]
    rest = [int(k) for k in body.idle(0) if body.roles[0][k] in ("null", "dead")]
    for k in dict.fromkeys([*silent, *rest]):
        yield from _null_way(network, function, k)
    for k in silent:
        found = list(silent_way(network, function, k))
        yield from found
        if found:
            return


def _null_way(network, function, k) -> Iterator[Way]:
    r"""A way that gives an output weight to a null neuron.

    The curvature is `λ = (h - √(h² + 4 g²)) / 2` with `h = sum_i s_i^2`, `g = |G|`.
    """
    w = network.rows(0)[k]
    left, size, right = np.linalg.svd(function.slope(w[None])[0])
    h, g = float(np.sum(function.neurons(w[None]) ** 2)), float(size[0])
    if g <= 1e-10 * (h + g):
        return
    value = 0.5 * (h - np.hypot(h, 2 * g))
    direction = zeros(network)
    rows, columns = direction.rows(0).copy(), direction.weights[1].copy()
    rows[k], columns[:, k] = right[0], -g / (h - value) * left[:, 0]
    direction = direction.with_rows(0, rows).with_outgoing(0, columns)
    yield Way("null", direction, value, (k,))


def silent_way(network, function, k, reach=2.0) -> Iterator[Way]:
    r"""Move a neuron with zero output weight, then give it the best output weight.

    Moving it does not change the loss; with its best output weight `-phi / h` the loss
    falls by exactly `|phi|^2 / (2 h)`.
    """
    rng = np.random.default_rng(0)
    w = network.rows(0)[k]
    reaches = reach * np.logspace(-3, 0, 512)[:, None]
    trials = w + reaches * rng.standard_normal((512, len(w)))
    h = np.sum(function.neurons(trials) ** 2, axis=1)
    values = function.value(trials)
    gain = np.sum(values**2, axis=1) / np.where(h > 0, 2 * h, np.inf)
    best = int(np.argmax(gain))
    if gain[best] <= 1e-14 * float(np.sum(function.residual**2)):
        return
    direction = zeros(network)
    rows, columns = direction.rows(0).copy(), direction.weights[1].copy()
    rows[k], columns[:, k] = trials[best] - w, -values[best] / h[best]
    direction = direction.with_rows(0, rows).with_outgoing(0, columns)
    yield Way("silent", direction, 0.0, (k,), float(gain[best]))


def zeros(network: Network) -> Network:
    """The zero direction."""
    return scaled(network, 0.0)


def scaled(network: Network, factor: float) -> Network:
    """A multiple of a direction."""
    return network._replace(
        weights=tuple(factor * w for w in network.weights),
        biases=tuple(b if b is None else factor * b for b in network.biases),
    )


def shifted(network: Network, direction: Network, step: float) -> Network:
    """A point moved along a direction."""
    move = scaled(direction, step)
    pairs = zip(network.weights, move.weights, strict=True)
    both = zip(network.biases, move.biases, strict=True)
    biases = tuple(b if b is None or d is None else b + d for b, d in both)
    return network._replace(weights=tuple(w + d for w, d in pairs), biases=biases)


def norm(direction: Network) -> float:
    """Euclidean norm of a direction."""
    pieces = [*direction.weights, *(b for b in direction.biases if b is not None)]
    return float(np.sqrt(sum(float(np.sum(piece**2)) for piece in pieces)))
