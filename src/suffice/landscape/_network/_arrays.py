"""Fully connected networks as NumPy arrays, checked together with their data."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import check_scale, given, partition, require_float64
from suffice.models import Activation, DeepNetwork, TwoLayer


class Network(NamedTuple):
    """Layers `z = W h + b`, hidden ones followed by the activation.

    Attributes:
        weights: One matrix `(fan_out, fan_in)` per layer, the output layer last.
        biases: One vector per layer, or None where a layer has none.
        activation: The activation of the hidden neurons.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray | None, ...]
    activation: Activation

    @property
    def hidden(self) -> tuple[int, ...]:
        """Widths of the hidden layers."""
        return tuple(w.shape[0] for w in self.weights[:-1])

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return self.weights[-1].shape[0]

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        pieces = [*self.weights, *(b for b in self.biases if b is not None)]
        return sum(piece.size for piece in pieces)

    def rows(self, q: int) -> np.ndarray:
        """The incoming weights of layer `q`, with its bias as the last column."""
        w, b = self.weights[q], self.biases[q]
        return w if b is None else np.column_stack([w, b])

    def with_rows(self, q: int, rows: np.ndarray) -> "Network":
        """The network with other incoming weights of layer `q`."""
        weights, biases = list(self.weights), list(self.biases)
        if biases[q] is None:
            weights[q] = rows
        else:
            weights[q], biases[q] = rows[:, :-1], rows[:, -1]
        return self._replace(weights=tuple(weights), biases=tuple(biases))

    def with_outgoing(self, q: int, columns: np.ndarray) -> "Network":
        """The network with other outgoing weights `(fan_out, width)` of layer `q`."""
        weights = list(self.weights)
        weights[q + 1] = columns
        return self._replace(weights=tuple(weights))


def read(model: TwoLayer | DeepNetwork) -> Network:
    """The arrays of a model, whose output becomes a vector."""
    if isinstance(model, TwoLayer):
        pieces, biases = (model.w, model.a), (model.b, model.c)
    else:
        pieces = model.weights
        biases = model.biases or (None,) * len(pieces)
    weights = [np.array(piece, float) for piece in pieces]
    weights[-1] = weights[-1].reshape(-1, weights[-1].shape[-1])
    vectors = [None if b is None else np.array(b, float).reshape(-1) for b in biases]
    return Network(tuple(weights), tuple(vectors), model.activation)


def write(network: Network, like: TwoLayer | DeepNetwork) -> Any:
    """A model of any widths, with the class and output shape of another model."""
    last = like.a if isinstance(like, TwoLayer) else like.weights[-1]
    head = last.shape[:-1]
    weights = [jnp.asarray(w) for w in network.weights]
    weights[-1] = weights[-1].reshape(*head, weights[-1].shape[-1])
    biases = [None if b is None else jnp.asarray(b) for b in network.biases]
    if biases[-1] is not None:
        biases[-1] = biases[-1].reshape(head)
    if isinstance(like, TwoLayer) and len(weights) == 2:
        return TwoLayer(*weights, *biases, activation=network.activation)
    given: Any = None if biases[0] is None else tuple(biases)
    return DeepNetwork(tuple(weights), given, network.activation)


def checked(
    point: Any, x: Any, y: Any, what: str
) -> tuple[Network, np.ndarray, np.ndarray]:
    """A network with its data as arrays `(n, inputs)` and `(n, outputs)`.

    Raises:
        ValueError: JAX is in float32 mode; the model has another class; shapes do not
            agree; or numbers are not finite.
    """
    require_float64(what)
    if not isinstance(point, (TwoLayer, DeepNetwork)):
        raise ValueError(
            f"point is a {type(point).__name__}; expected a TwoLayer or a DeepNetwork, "
            "whose symmetries are known. `inertia` takes any model."
        )
    finite(point)
    x, y = given(x, float), given(y, float)
    if x.ndim != 2 or x.shape[1] != point.inputs or len(x) == 0:
        raise ValueError(
            f"x has shape {x.shape}; expected (n, {point.inputs}) with n >= 1, one "
            "input per row."
        )
    return read(point), x, targets(x, y, point.outputs)


def targets(x: np.ndarray, y: np.ndarray, outputs: int) -> np.ndarray:
    """Targets as `(n, outputs)`.

    Raises:
        ValueError: The shape does not fit, numbers are not finite, or their products
            leave the range of float64.
    """
    n = len(x)
    if y.shape != (n, outputs) and not (outputs == 1 and y.shape == (n,)):
        raise ValueError(
            f"y has shape {y.shape}; expected ({n}, {outputs}): one target for each of "
            f"the {n} inputs and {outputs} output(s)."
        )
    for name, values in (("x", x), ("y", y)):
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} holds {int(np.sum(~np.isfinite(values)))} values that are not "
                "finite; drop those samples."
            )
        check_scale(name, values)
    return y.reshape(n, outputs)


def finite(model: Any) -> None:
    """Check that all parameters are finite.

    Raises:
        ValueError: A parameter is NaN or infinite.
    """
    leaves: list[Any] = jax.tree.leaves(partition(model)[0])
    bad = sum(int(np.sum(~np.isfinite(np.asarray(leaf)))) for leaf in leaves)
    if bad:
        raise ValueError(
            f"the model has {bad} parameters that are not finite; expected finite "
            "parameters."
        )
