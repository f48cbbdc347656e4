"""Reduction of deep networks, hidden layer by hidden layer."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np

from suffice.models import Activation, DeepNetwork

from ._atoms import Hidden
from ._bounds import hidden_radius, length
from ._hidden_layer import activate, ball, layer_size
from ._layer import Layer, reduce_layer


@dataclasses.dataclass
class Net:
    """The arrays of a deep network, whose hidden layers can be replaced."""

    weights: list[np.ndarray]
    biases: list[np.ndarray] | None
    activation: Activation

    @classmethod
    def of(cls, model: DeepNetwork) -> "Net":
        """The arrays of a model, with outputs along one axis."""
        last = np.asarray(model.weights[-1])
        biases = None
        if model.biases is not None:
            biases = [np.asarray(b).reshape(-1) for b in model.biases]
        weights = [np.asarray(w) for w in model.weights[:-1]]
        head = last.reshape(math.prod(last.shape[:-1]), last.shape[-1])
        return cls([*weights, head], biases, model.activation)

    def hidden(self, q):
        """Layer `q` with its outgoing weights, as a hidden layer."""
        b, c = (None, None) if self.biases is None else self.biases[q : q + 2]
        return Hidden(self.weights[q], self.weights[q + 1].T, b, c)

    def put(self, q, hidden):
        """Replace layer `q` and its outgoing weights."""
        self.weights[q : q + 2] = hidden.w, hidden.a.T
        if self.biases is not None:
            self.biases[q : q + 2] = hidden.b, hidden.c

    def bias(self, q):
        return None if self.biases is None else self.biases[q]

    def radii(self, radius):
        """Bounds of the norms of the inputs of every layer."""
        radii = [radius]
        for q in range(len(self.weights) - 1):
            radii.append(
                hidden_radius(self.activation, self.weights[q], self.bias(q), radii[-1])
            )
        return radii

    def amplification(self, q, radii):
        """Lipschitz constant of the output as a function of the output of layer `q`."""
        factor = 1.0
        for upper in range(q + 1, len(self.weights) - 1):
            rows = np.linalg.norm(self.weights[upper], axis=1) * radii[upper]
            offset = 0.0 if self.biases is None else np.abs(self.biases[upper])
            reach = float(np.max(rows + offset, initial=0.0))
            _, slope, _ = self.activation.bounds(reach)
            factor *= slope * float(_spectral(self.weights[upper + 1]))
        return factor

    def scale(self, q, x):
        """Root mean square of the output of layer `q`, over sample inputs `x`."""
        for below in range(q):
            x = activate(self.hidden(below), self.activation, x)
        return layer_size(self.hidden(q), self.activation, x)


def reduce_deep(model: DeepNetwork, tolerance: float, radius: float):
    """Reduce all hidden layers, starting at the inputs, until nothing changes.

    Returns:
        The reduced network, one `Layer` per hidden layer, and an upper bound of the
        change of the output.
    """
    net = Net.of(model)
    start = [net.hidden(q) for q in range(len(net.weights) - 1)]
    tracks = [_Track(hidden) for hidden in start]
    x, bound = ball(model.inputs, radius), 0.0
    for _ in range(1 + sum(len(w) for w in net.weights[:-1])):
        before = [w.shape for w in net.weights]
        for q, track in enumerate(tracks):
            radii = net.radii(radius)
            reduced, layer, cost = reduce_layer(
                net.hidden(q),
                net.activation,
                tolerance=tolerance,
                scale=net.scale(q, x),
                radius=radii[q],
            )
            bound += cost * net.amplification(q, radii) if cost else 0.0
            net.put(q, reduced)
            track.update(layer)
        if before == [w.shape for w in net.weights]:
            break
    return network_of(model, net), [track.layer() for track in tracks], bound


class _Track:
    """Records the roles of the original neurons of a layer in repeated reductions."""

    def __init__(self, hidden):
        count = len(hidden.w)
        self.roles = ["target"] * count
        self.origins = [(i,) for i in range(count)]
        self.coefficients = tuple(length(hidden.a).tolist())
        self.spread, self.separation = 0.0, np.inf

    def update(self, layer: Layer):
        for members, role in zip(self.origins, layer.roles, strict=True):
            for member in members:
                self.roles[member] = role
        self.origins = [
            tuple(m for i in members for m in self.origins[i])
            for members in layer.origins
        ]
        self.spread = max(self.spread, layer.spread)
        self.separation = layer.separation

    def layer(self) -> Layer:
        groups = tuple(group for group in self.origins if group)
        return Layer(
            tuple(self.roles),
            groups,
            tuple(self.origins),
            self.coefficients,
            self.spread,
            self.separation,
        )


def network_of(model: DeepNetwork, net: Net) -> DeepNetwork:
    """The arrays as a network with the output shape of a model."""
    head = model.weights[-1].shape[:-1]
    weights = [jnp.asarray(w) for w in net.weights]
    weights[-1] = weights[-1].reshape(*head, weights[-1].shape[-1])
    biases = None
    if net.biases is not None:
        biases = [jnp.asarray(b) for b in net.biases]
        biases[-1] = biases[-1].reshape(head)
        biases = tuple(biases)
    return DeepNetwork(tuple(weights), biases, model.activation)


def _spectral(matrix):
    return np.linalg.norm(matrix, 2) if matrix.size else 0.0
