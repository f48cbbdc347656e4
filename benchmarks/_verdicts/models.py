"""The models of the package, of equinox and of torch from arrays of parameters."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import Activation, DeepNetwork, Piece, TwoLayer

ABSOLUTE = Activation(
    "absolute", jnp.abs, parity="even", pieces=(Piece(slope=-1.0), Piece(slope=1.0))
)
SLOPES = {"relu": (0.0, 1.0), "leaky-relu": (0.1, 1.0), "absolute": (-1.0, 1.0)}


def function(name):
    return ABSOLUTE if name == "absolute" else name


def deep(weights, biases, activation):
    """A `DeepNetwork`; with a scalar output if the last matrix has one row."""
    weights, biases = (
        list(map(jnp.asarray, weights)),
        list(map(jnp.asarray, biases or ())),
    )
    if len(weights[-1]) == 1:
        weights[-1] = weights[-1][0]
        biases[-1:] = [b[0] for b in biases[-1:]]
    return DeepNetwork(tuple(weights), tuple(biases) or None, function(activation))


def two_layer(w, a, b, c, activation):
    """A `TwoLayer` with output weights of shape `(outputs, width)`."""
    scalar = len(a) == 1
    return TwoLayer(
        w=jnp.asarray(w),
        a=jnp.asarray(a[0] if scalar else a),
        b=None if b is None else jnp.asarray(b),
        c=None if c is None else jnp.asarray(c[0] if scalar else c),
        activation=function(activation),
    )


class Inside(eqx.Module):
    """A model that computes in another precision than that of its parameters."""

    model: eqx.Module
    dtype: str = eqx.field(static=True)
    domain: object = eqx.field(static=True)

    def __call__(self, x):
        low = jax.tree.map(lambda v: v.astype(self.dtype), (self.model, x))
        return low[0](low[1]).astype(float)


def torch_module(weights, biases, activation, dtype="float64"):
    """A `torch.nn.Sequential` of linear layers."""
    import torch

    kinds = {
        "relu": torch.nn.ReLU,
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "absolute": None,
        "leaky-relu": lambda: torch.nn.LeakyReLU(0.1),
    }
    layers = []
    for k, matrix in enumerate(weights):
        layer = torch.nn.Linear(*matrix.shape[::-1], bias=biases is not None)
        with torch.no_grad():
            layer.to(torch.float64).weight.copy_(torch.as_tensor(np.array(matrix)))
            if biases is not None:
                layer.bias.copy_(torch.as_tensor(np.array(biases[k])))
        layers += [layer] + [kinds[activation]()] * (k < len(weights) - 1)
    return torch.nn.Sequential(*layers).to(getattr(torch, dtype))


def matrix_rank(model, x):
    """NumPy's count of the singular values of the tangent matrix in float64."""
    from suffice.tangent import jacobian

    with np.errstate(all="ignore"):
        matrix = np.asarray(jacobian(model, x))
    return int(np.linalg.matrix_rank(matrix)) if np.isfinite(matrix).all() else None
