"""Wide networks that hide narrow ones, written with NumPy."""

import itertools

import jax.numpy as jnp
import numpy as np
from scipy.special import ndtr

from suffice.models import DeepNetwork

FUNCTIONS = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.logaddexp(0, z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gaussian": lambda z: np.exp(-(z**2)),
    "relu": lambda z: np.maximum(z, 0),
    "gelu": lambda z: z * ndtr(z),
}


class Net:
    """A deep network with biases as lists of arrays."""

    def __init__(self, rng, widths, activation):
        pairs = list(itertools.pairwise(widths))
        self.weights = [rng.uniform(0.4, 1.2, (o, i)) for i, o in pairs]
        self.weights = [w * rng.choice([-1, 1], w.shape) for w in self.weights]
        self.biases = [rng.standard_normal(o) for _, o in pairs]
        self.activation, self.rng = activation, rng

    def __call__(self, x):
        s = FUNCTIONS[self.activation]
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = s(x @ w.T + b)
        return x @ self.weights[-1].T + self.biases[-1]

    @property
    def hidden(self):
        return tuple(len(b) for b in self.biases[:-1])

    def model(self):
        return DeepNetwork(
            tuple(map(jnp.asarray, self.weights)),
            tuple(map(jnp.asarray, self.biases)),
            self.activation,
        )

    def add(self, q, row, bias, column):
        """Append a neuron to hidden layer `q`."""
        self.weights[q] = np.vstack([self.weights[q], row])
        self.biases[q] = np.append(self.biases[q], bias)
        self.weights[q + 1] = np.column_stack([self.weights[q + 1], column])

    def split(self, q, share):
        """Share the outgoing weights of a neuron with a copy of it."""
        j = self.rng.integers(len(self.biases[q]))
        column = share * self.weights[q + 1][:, j]
        self.weights[q + 1][:, j] -= column
        self.add(q, self.weights[q][j], self.biases[q][j], column)

    def uniform(self, q):
        self.split(q, self.rng.uniform(-1, 2))

    def uneven(self, q):
        self.split(q, self.rng.uniform(-1, 2, len(self.biases[q + 1])))

    def flipped(self, q):
        """Share with a negated copy: tanh is odd, sigmoid so up to a constant."""
        j = self.rng.integers(len(self.biases[q]))
        column = self.rng.uniform(0.2, 0.8) * self.weights[q + 1][:, j]
        self.weights[q + 1][:, j] -= column
        sign = 1 if self.activation == "gaussian" else -1
        self.add(q, -self.weights[q][j], -self.biases[q][j], sign * column)
        if self.activation == "sigmoid":
            self.biases[q + 1] = self.biases[q + 1] + column

    def null(self, q):
        """A neuron that nothing listens to."""
        row = self.rng.standard_normal(self.weights[q].shape[1])
        self.add(q, row, self.rng.standard_normal(), 0 * self.biases[q + 1])

    def constant(self, q):
        """A neuron without input, compensated in the next bias."""
        bias = self.rng.standard_normal()
        column = self.rng.standard_normal(len(self.biases[q + 1]))
        self.biases[q + 1] = self.biases[q + 1] - column * FUNCTIONS[self.activation](
            bias
        )
        self.add(q, 0 * self.weights[q][0], bias, column)

    def embed(self, operations):
        names = ["uniform", "uneven", "null", "constant"]
        if self.activation in ("tanh", "sigmoid", "gaussian"):
            names.append("flipped")
        for _ in range(operations):
            q = self.rng.integers(len(self.hidden))
            getattr(self, self.rng.choice(names))(q)


def inside(rng, n, dim, radius):
    """Points of a ball, many of them on its surface."""
    x = rng.standard_normal((n, dim))
    r = radius * np.minimum(1, rng.uniform(0, 1.5, n))
    return x * (r / np.linalg.norm(x, axis=1))[:, None]


def outputs(model, x):
    """A two-layer network evaluated by NumPy."""
    s = FUNCTIONS[model.activation.name]
    z = x @ np.asarray(model.w).T
    z = z if model.b is None else z + np.asarray(model.b)
    y = s(z) @ np.asarray(model.a).T
    return y if model.c is None else y + np.asarray(model.c)
