"""Equality of the functions of two networks, decided by their atoms."""

import math

import numpy as np

from suffice._core import Model, require_float64
from suffice.models import Convolution, DeepNetwork, TwoLayer

from ._atoms import chart, Hidden
from ._bounds import length
from ._exactly import fractions
from ._hidden_layer import ball, hidden_layer, layer_size
from ._layer import reduce_layer


def equal_functions(f: Model, g: Model, *, tolerance: float = 1e-9) -> bool:
    """Whether two networks with one hidden layer have the same function.

    Their difference is a network of the same class; the two are equal exactly if this
    difference reduces to the zero network. No inputs are sampled. For other models
    compare outputs on inputs.

    Args:
        f: A `TwoLayer`, a `Convolution` (as a function of `x.ravel()`), or a
            `DeepNetwork` with one hidden layer.
        g: Another one, with the same activation, inputs and outputs.
        tolerance: Relative distance of equal weight vectors, see `reduce`; the default
            allows for rounding errors, and 0 for none.

    Returns:
        True or False.

    Raises:
        ValueError: JAX is in float32 mode; the models cannot be compared; or distinct
            neurons of the activation may be dependent (polynomials, functions without
            declared properties).

    Source:
        Independence of neurons up to the identities of each kind: arXiv:2405.17501,
        Lemma 3.1, corrected for logistic- and softplus-type activations.

    Examples:
        >>> f = sf.TwoLayer(w=jnp.array([[1.0], [1.0]]), a=jnp.array([0.4, 0.6]))
        >>> g = sf.TwoLayer(w=jnp.array([[-1.0]]), a=jnp.array([-1.0]))
        >>> sf.equal_functions(f, g)
        True
    """
    require_float64("A comparison of functions")
    if not 0 <= tolerance < float("inf"):
        raise ValueError(f"tolerance is {tolerance}; expected a finite number from 0.")
    first, second = _two_layer(f, "f"), _two_layer(g, "g")
    if first.activation != second.activation:
        raise ValueError(
            f"f uses {first.activation.name} and g uses {second.activation.name}; "
            "atoms of different activations cannot be compared."
        )
    shapes = (first.inputs, first.outputs), (second.inputs, second.outputs)
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"f has (inputs, outputs) = {shapes[0]} and g has {shapes[1]}; expected "
            "equal numbers."
        )
    layers = hidden_layer(first), hidden_layer(second)
    difference = _difference(*layers)
    if not chart(first.activation, difference.b is not None).complete:
        raise ValueError(
            f"distinct neurons of {first.activation.name} may be dependent, so atoms "
            "do not decide equality; compare outputs on inputs instead."
        )
    radius = 3 * math.sqrt(first.inputs)
    x = ball(first.inputs, radius)
    scale = max(layer_size(layer, first.activation, x) for layer in layers)
    rest, _, _ = reduce_layer(
        difference, first.activation, tolerance=tolerance, scale=scale, radius=radius
    )
    offset = 0.0 if layers[0].c is None else float(length(layers[0].c))
    constant = 0.0 if rest.c is None else float(length(rest.c))
    allowed = max(30 * tolerance, 1e-13) * (scale + offset) if tolerance else 0.0
    return len(rest.w) == 0 and constant <= allowed


def _two_layer(model, name) -> TwoLayer:
    if isinstance(model, Convolution):
        return model.untied()
    if isinstance(model, DeepNetwork) and len(model.weights) == 2:
        biases = model.biases or (None, None)
        lower, upper = model.weights
        return TwoLayer(lower, upper, *biases, activation=model.activation)
    if isinstance(model, TwoLayer):
        return model
    raise ValueError(
        f"{name} is a {type(model).__name__}; equality is decided for networks with "
        "one hidden layer only. Compare outputs on inputs instead."
    )


def _difference(f: Hidden, g: Hidden) -> Hidden:
    b = c = None
    if f.b is not None or g.b is not None:
        b = np.concatenate([np.zeros(len(h.w)) if h.b is None else h.b for h in (f, g)])
    if f.c is not None or g.c is not None:
        zero = np.zeros(f.outputs)
        first, second = (zero if h.c is None else h.c for h in (f, g))
        c = fractions(first) - fractions(second)  # since the rest may cancel it
    return Hidden(np.vstack([f.w, g.w]), np.vstack([f.a, -g.a]), b, c)
