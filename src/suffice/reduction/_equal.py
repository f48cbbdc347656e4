"""Whether two networks are the same function, decided by their atoms."""

import math

import numpy as np

from suffice._core import Model, require_float64
from suffice.models import Convolution, DeepNetwork, TwoLayer

from ._atoms import chart, Hidden
from ._hidden_layer import ball, hidden_layer, layer_size
from ._layer import reduce_layer


def equal_functions(f: Model, g: Model, *, tolerance: float = 1e-9) -> bool:
    """Decide whether two networks with one hidden layer are the same function.

    Their difference is a network of the same class; the two are equal exactly when this
    difference reduces to the zero network. No inputs are sampled.

    Args:
        f: A `TwoLayer`, a `Convolution` (of `x.ravel()`), or a `DeepNetwork` with one
            hidden layer.
        g: Likewise, with the same activation, inputs and outputs.
        tolerance: As in `reduce`; the default allows for rounding errors.

    Raises:
        ValueError: float32 mode, models that cannot be compared, or an activation
            whose distinct neurons may be dependent (polynomials, functions of your
            own): then compare values, or ranks of neurons.

    Source:
        Independence of neurons up to the identities of each kind: arXiv:2405.17501,
        Lemma 3.1, corrected for logistic- and softplus-type activations.

    Example:
        >>> f = sf.TwoLayer(w=jnp.array([[1.0], [1.0]]), a=jnp.array([0.4, 0.6]))
        >>> g = sf.TwoLayer(w=jnp.array([[-1.0]]), a=jnp.array([-1.0]))
        >>> sf.equal_functions(f, g)
        True
    """
    require_float64("A comparison of functions")
    one, two = _two_layer(f, "f"), _two_layer(g, "g")
    if one.activation != two.activation:
        raise ValueError(
            f"f uses {one.activation.name} and g uses {two.activation.name}; atoms of "
            "different activations cannot be compared."
        )
    shapes = (one.inputs, one.outputs), (two.inputs, two.outputs)
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"f has (inputs, outputs) = {shapes[0]} and g has {shapes[1]}; expected "
            "the same."
        )
    layers = hidden_layer(one), hidden_layer(two)
    difference = _difference(*layers)
    if not chart(one.activation, difference.b is not None).complete:
        raise ValueError(
            f"distinct neurons of {one.activation.name} may be dependent, so atoms do "
            "not decide equality; compare outputs on inputs instead."
        )
    radius = 3 * math.sqrt(one.inputs)
    x = ball(one.inputs, radius)
    scale = max(layer_size(layer, one.activation, x) for layer in layers)
    rest, _, _ = reduce_layer(
        difference, one.activation, tolerance=tolerance, scale=scale, radius=radius
    )
    offset = 0.0 if layers[0].c is None else float(np.linalg.norm(layers[0].c))
    constant = 0.0 if rest.c is None else float(np.linalg.norm(rest.c))
    return len(rest.w) == 0 and constant <= max(30 * tolerance, 1e-13) * (
        scale + offset
    )


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
        "one hidden layer only. Reduce both and compare outputs."
    )


def _difference(f: Hidden, g: Hidden) -> Hidden:
    b = c = None
    if f.b is not None or g.b is not None:
        b = np.concatenate([np.zeros(len(h.w)) if h.b is None else h.b for h in (f, g)])
    if f.c is not None or g.c is not None:
        zero = np.zeros(f.outputs)
        c = (zero if f.c is None else f.c) - (zero if g.c is None else g.c)
    return Hidden(np.vstack([f.w, g.w]), np.vstack([f.a, -g.a]), b, c)
