"""Residual, error signals, gradient and second derivatives of a network."""

from typing import NamedTuple

import numpy as np

from suffice._core import check_size, free_memory

from ._arrays import Network
from ._jet import Jet, jet

HELD = 6  # numbers that are held for each sample and neuron
CRITICAL = 1e-6  # largest relative gradient of a given point that counts as critical
REACHED = 1e-8  # the same of a point that a search has found
_ROUNDING = 16 * np.finfo(float).eps  # relative error of an output


class Signals(NamedTuple):
    """Inputs, activations and error signals of every layer on the samples.

    Attributes:
        h: Inputs of each layer, `(n, D)`; the last column is 1 where it has a bias.
        jets: The activation and its derivatives at each hidden layer, `(n, width)`.
        delta: `dL/dz` of each layer, `(n, fan_out)`; the last is the residual, which is
            0 where it is a rounding error.
    """

    h: tuple[np.ndarray, ...]
    jets: tuple[Jet, ...]
    delta: tuple[np.ndarray, ...]

    @property
    def residual(self) -> np.ndarray:
        """Output minus target, `(n, outputs)`."""
        return self.delta[-1]

    @property
    def loss(self) -> float:
        """`L = 1/2 sum r^2`."""
        return 0.5 * float(np.sum(self.residual**2))

    def gradient(self) -> list[np.ndarray]:
        """The gradient of each layer's weights, biases in the last column."""
        return [d.T @ h for d, h in zip(self.delta, self.h, strict=True)]

    def relative_gradient(self) -> float:
        """The largest gradient entry over the sum of its samples' absolute values.

        The divisor has a floor, since entries of neurons with output weights near zero
        would otherwise seem large.
        """
        pairs = zip(self.delta, self.h, strict=True)
        sizes = [np.abs(d).T @ np.abs(h) for d, h in pairs]
        floor = 1e-6 * max(float(np.max(size, initial=0.0)) for size in sizes)
        if floor == 0:
            return 0.0
        together = zip(self.gradient(), sizes, strict=True)
        return max(
            float(np.max(np.abs(g) / np.maximum(size, floor), initial=0.0))
            for g, size in together
        )


class Forms(NamedTuple):
    """The mixed and the inner second derivatives of the neurons of a hidden layer.

    Attributes:
        mixed: `G = sum_i d_i s'(z_i) h_i^T` of each neuron, `(width, fan_out, D)`, with
            `d` the error signals of the next layer.
        inner: `B = sum_i (v . d_i) s''(z_i) h_i h_i^T`, `(width, D, D)`, with `v` its
            outgoing weights.
        mixed_size: The largest sum of absolute terms of a `G`, as scale for zeros. (A
            neuron that only fitted samples move has a `G` that is rounding.)
        inner_size: Sum of the absolute terms of `B`, `(width,)`.
    """

    mixed: np.ndarray
    inner: np.ndarray
    mixed_size: float
    inner_size: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """The larger of both sums, `(width,)`."""
        return np.maximum(self.mixed_size, self.inner_size)


def signals(network: Network, x: np.ndarray, y: np.ndarray) -> Signals:
    """The signals of a network on its samples, by one forward and one backward pass.

    Raises:
        ValueError: They need more than a quarter of the free memory.
    """
    neurons = sum(network.hidden)
    check_size(
        HELD * len(x) * neurons,
        f"what {neurons} neurons compute on {len(x)} samples",
        "take fewer samples or a smaller width",
        most=free_memory() / 4,
    )
    h, jets = [], []
    for w, b in zip(network.weights[:-1], network.biases[:-1], strict=True):
        h.append(extended(x, b))
        jets.append(jet(network.activation, x @ w.T if b is None else x @ w.T + b))
        x = jets[-1].s
    h.append(extended(x, network.biases[-1]))
    delta = [_residual(h[-1], network.rows(len(jets)), y)]
    for q in reversed(range(len(jets))):
        delta.insert(0, (delta[0] @ network.weights[q + 1]) * jets[q].s1)
    return Signals(tuple(h), tuple(jets), tuple(delta))


def _residual(h, rows, y) -> np.ndarray:
    """Output minus target, and 0 where that is rounding beside the largest target."""
    residual = h @ rows.T - y
    size = np.abs(h) @ np.abs(rows).T + np.abs(y).max(axis=0)
    return np.where(np.abs(residual) <= _ROUNDING * size, 0.0, residual)


def extended(x: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Inputs, with a column of ones if the layer has a bias."""
    return x if bias is None else np.column_stack([x, np.ones(len(x))])


def forms(
    network: Network,
    layer_signals: Signals,
    q: int,
    which: slice | np.ndarray = slice(None),
) -> Forms:
    """The forms of some neurons of hidden layer `q`."""
    h, after = layer_signals.h[q], layer_signals.delta[q + 1]
    _, s1, s2 = (part[:, which] for part in layer_signals.jets[q])
    n, size = h.shape
    spread = s1.T @ (after[:, :, None] * h[:, None, :]).reshape(n, -1)
    pull = (after @ network.weights[q + 1][:, which]) * s2
    inner = pull.T @ (h[:, :, None] * h[:, None, :]).reshape(n, -1)
    far = np.sum(h**2, axis=1)
    terms = np.sqrt(far) * np.linalg.norm(after, axis=1)
    return Forms(
        spread.reshape(-1, after.shape[1], size),
        inner.reshape(-1, size, size),
        float(np.max(terms @ np.abs(s1), initial=0.0)),
        far @ np.abs(pull),
    )
