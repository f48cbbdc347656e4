"""Two-layer networks as hidden layers, and the size of the output of a layer."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from suffice.models import Activation, TwoLayer

from ._atoms import Hidden
from ._bounds import length, value


def hidden_layer(model: TwoLayer) -> Hidden:
    """The arrays of a two-layer network, with outputs along the last axis."""
    return Hidden(
        w=np.asarray(model.w),
        a=np.asarray(model.a).reshape(model.outputs, model.width).T,
        b=None if model.b is None else np.asarray(model.b),
        c=None if model.c is None else np.asarray(model.c).reshape(-1),
    )


def two_layer_like(model: TwoLayer, hidden: Hidden) -> TwoLayer:
    """Arrays as a network with the output shape and the activation of a model."""
    head = model.a.shape[:-1]
    return TwoLayer(
        w=jnp.asarray(hidden.w),
        a=jnp.asarray(hidden.a.T.reshape(*head, len(hidden.w))),
        b=None if hidden.b is None else jnp.asarray(hidden.b),
        c=None if hidden.c is None else jnp.asarray(hidden.c.reshape(head)),
        activation=model.activation,
    )


def ball(inputs: int, radius: float) -> Float[np.ndarray, "64 inputs"]:
    """A fixed set of 64 inputs in the ball of a radius."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, inputs))
    return x * (radius * rng.uniform(size=64) / np.linalg.norm(x, axis=1))[:, None]


def layer_size(
    hidden: Hidden, activation: Activation, x: Float[np.ndarray, "n dim"]
) -> float:
    """Root mean square of `sum_i a_i s(w_i . x + b_i)`, the scale for small terms.

    Raises:
        ValueError: The values overflow.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        sent = length(activate(hidden, activation, x) @ hidden.a)
        size = float(length(sent) / np.sqrt(len(sent)))
    if not np.isfinite(size):
        raise ValueError(
            "the values of the model overflow float64 on the ball of the given radius; "
            "rescale its inputs or its parameters."
        )
    return size


def activate(
    hidden: Hidden, activation: Activation, x: Float[np.ndarray, "n dim"]
) -> Float[np.ndarray, "n width"]:
    """The outputs of the neurons of a layer."""
    z = x @ hidden.w.T
    return value(activation, z if hidden.b is None else z + hidden.b)
