"""The roles of the hidden neurons of a point, and its narrow network."""

from typing import Any, NamedTuple

import numpy as np

from suffice.landscape._embedding._splitting import Copies, split
from suffice.landscape._network._arrays import Network, read
from suffice.models import DeepNetwork, TwoLayer
from suffice.reduction import reduce


class Anatomy(NamedTuple):
    """The neurons of a point, layer by layer.

    Attributes:
        narrow: The narrow network.
        plan: For each hidden layer, how its neurons copy the narrow neurons.
        targets: For each hidden layer, the neurons that are copies, in increasing
            order.
        roles: For each hidden layer, the role of each neuron: `target`, `null`,
            `cancelling`, `dead`, `constant` or `dipole`.
        plain: Whether the plan determines the point; False if adjacent layers are
            copied with mixed weights.
        spread: Distance between the target neurons and the exact copies of the plan.
    """

    narrow: Network
    plan: tuple[Copies, ...]
    targets: tuple[np.ndarray, ...]
    roles: tuple[tuple[str, ...], ...]
    plain: bool
    spread: float

    def idle(self, layer: int) -> np.ndarray:
        """The neurons of a layer that are no copies."""
        every = np.arange(len(self.roles[layer]))
        return np.setdiff1d(every, self.targets[layer])

    def members(self, layer: int) -> list[np.ndarray]:
        """The positions in a plan of the copies of each narrow neuron."""
        groups = self.plan[layer].groups
        return [np.flatnonzero(groups == t) for t in range(self.narrow.hidden[layer])]

    def lift(self, small: Network, network: Network) -> Network:
        """The wide direction or point of a narrow one, with zero idle neurons."""
        wide = split(small, list(self.plan))
        weights, biases = [], []
        above = len(network.weights) - 1
        for q, (w, b) in enumerate(zip(wide.weights, wide.biases, strict=True)):
            into = self.targets[q] if q < above else np.arange(len(w))
            out = self.targets[q - 1] if q else np.arange(w.shape[1])
            full = np.zeros_like(network.weights[q])
            full[np.ix_(into, out)] = w
            weights.append(full)
            if b is not None:
                vector = np.zeros(len(full))
                vector[into] = b
                b = vector
            biases.append(b)
        return network._replace(weights=tuple(weights), biases=tuple(biases))


def anatomy(point: Any, tolerance: float) -> Anatomy:
    """Group the neurons of a point by the narrow neurons that they copy.

    Args:
        point: A `TwoLayer` or a `DeepNetwork`.
        tolerance: Relative distance of weight vectors that count as equal.
    """
    if isinstance(point, DeepNetwork):
        return _deep(point, tolerance)
    return _two_layer(point, tolerance)


def mirrored(network: Network) -> float:
    """The factor of the outgoing weights of a mirrored copy; 0 if there is none.

    For logistic activations it leaves a constant, which must go into an output bias.
    """
    if not network.activation.mirrors(network.biases[-1] is not None):
        return 0.0
    return float(network.activation.multiple(-1.0))


def _two_layer(point: TwoLayer, tolerance: float) -> Anatomy:
    network = read(point)
    layer = reduce(point, tolerance=tolerance).layers[0]
    roles: list[str] = list(layer.roles)
    a = network.weights[1]
    small = max(tolerance, 1e-12) * float(np.abs(a).max(initial=0.0))
    groups = []
    for cluster in layer.groups:
        for members in _sides(network, np.array(cluster)):
            if roles[members[0]] == "dipole":
                continue
            group = _group(network, members, small)
            quiet = np.abs(a[:, members]).max() <= small
            role = "target" if group else "null" if quiet else "cancelling"
            for k in members:
                roles[k] = role
            if group:
                groups.append((members, *group))
    return _assembled(network, groups, roles)


def _assembled(network: Network, group_list, roles) -> Anatomy:
    """The narrow network of `(members, factors, shares, row, column)` of each group."""
    size, outputs = network.rows(0).shape[1], network.outputs
    rows = np.array([group[3] for group in group_list]).reshape(len(group_list), size)
    columns = np.array([group[4] for group in group_list]).reshape(
        len(group_list), outputs
    )
    narrow = network.with_rows(0, rows).with_outgoing(0, columns.T)
    flat = [
        (k, t, share, factor)
        for t, (members, factors, shares, *_) in enumerate(group_list)
        for k, factor, share in zip(members, factors, shares, strict=True)
    ]
    flat.sort()
    neurons, groups, shares, factors = np.array(flat).reshape(len(flat), 4).T
    plan = Copies(groups.astype(int), shares, factors)
    c = network.biases[1]
    if c is not None and network.activation.leftover == "constant":
        # The constants of mirrored copies are part of the narrow output bias.
        added = split(narrow, [plan]).biases[1]
        narrow = narrow._replace(biases=(narrow.biases[0], 2 * c - added))
    targets = (neurons.astype(int),)
    roles = (tuple(roles),)
    return _compared(Anatomy(narrow, (plan,), targets, roles, True, 0.0), network)


def _compared(body: Anatomy, network: Network) -> Anatomy:
    """The anatomy with its distance from the network, over the target neurons."""
    again, total, scale = body.lift(body.narrow, network), 0.0, 0.0
    for q, targets in enumerate(body.targets):
        total += float(np.sum((again.rows(q) - network.rows(q))[targets] ** 2))
        scale = max(scale, float(np.abs(network.rows(q)).max(initial=0.0)))
    last = body.targets[-1]
    apart = (again.weights[-1] - network.weights[-1])[:, last]
    spread = float(np.sqrt(total + np.sum(apart**2)))
    if len(body.plan) == 1:
        return body._replace(spread=spread)
    return body._replace(plain=spread <= 1e-6 * scale, spread=spread)


def _sides(network, members):
    """Split a cluster of vectors up to sign into clusters of copies."""
    if mirrored(network):
        return [members]
    v = network.rows(0)[members]
    ahead = v @ v[0] > 0
    return [side for side in (members[ahead], members[~ahead]) if len(side)]


def _group(network, members, small):
    """The factors, shares, row and column of a group, or None if it has no effect."""
    v, a = network.rows(0)[members], network.weights[1][:, members]
    leader = v[int(np.argmax(np.linalg.norm(a, axis=0)))]
    if network.activation.homogeneous:
        factors = np.linalg.norm(v, axis=1) / np.linalg.norm(leader)
    else:
        factors = np.where(v @ leader < 0, -1.0, 1.0)
    parts = a * network.activation.multiple(factors)
    whole = parts.sum(axis=1)
    size = float(np.linalg.norm(whole))
    if size <= small * np.sqrt(len(members)):
        return None
    shares = whole @ parts / size**2
    rows = v / factors[:, None]
    heavy = float(np.abs(shares).sum()) <= 1e3
    return factors, shares, shares @ rows if heavy else rows.mean(axis=0), whole


def _deep(point: DeepNetwork, tolerance: float) -> Anatomy:
    network = read(point)
    reduction = reduce(point, tolerance=tolerance)
    narrow, plan, targets = read(reduction.model), [], []
    known = all(members for layer in reduction.layers for members in layer.origins)
    for q, layer in enumerate(reduction.layers):
        flat = sorted((k, t) for t, ks in enumerate(layer.origins) for k in ks)
        neurons, groups = np.array(flat, int).reshape(len(flat), 2).T
        targets.append(neurons)
        plan.append(_deep_copies(network, narrow, q, neurons, groups))
    roles = tuple(layer.roles for layer in reduction.layers)
    body = Anatomy(narrow, tuple(plan), tuple(targets), roles, True, 0.0)
    body = _compared(body, network) if known else body._replace(spread=np.inf)
    return body._replace(plain=body.plain and known)


def _deep_copies(network, narrow, q, neurons, groups) -> Copies:
    """The copies of a layer, whose shares follow from the sums of outgoing weights."""
    rows, columns = network.rows(q)[neurons], network.weights[q + 1][:, neurons]
    small = narrow.rows(q)[groups]
    if small.shape == rows.shape:
        factors = np.where(np.sum(rows * small, axis=1) < 0, -1.0, 1.0)
    else:
        factors = np.ones(len(neurons))
    parts = columns * network.activation.multiple(factors)
    whole = np.stack(
        [parts[:, groups == t].sum(axis=1) for t in range(len(narrow.rows(q)))]
    )
    size = np.maximum(np.sum(whole**2, axis=1), 1e-300)
    shares = np.sum(whole[groups] * parts.T, axis=1) / size[groups]
    return Copies(groups, shares, factors)
