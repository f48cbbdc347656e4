"""A proved upper bound of the rank of a deep network, from equalities among neurons."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import flint
import jax
import numpy as np

from suffice._core import partition
from suffice.models import Activation, DeepNetwork

from ._expansion import jets
from ._gaussian_elimination import combine, coordinates, echelon, Vector
from ._numbers import as_rational
from ._ring import NotExact

Basis = list[tuple[Any, Vector]]
ONE = "1"
Q = flint.fmpq


def structural_bound(
    deep: DeepNetwork, *, parameters: Sequence[Any] | None = None
) -> int:
    r"""A proved upper bound of the tangent rank of a deep network at this point.

        T = Σ_l  span { δˡᵢ } ⊗ span { hˡ⁻¹ⱼ, 1 }

    The hidden functions `h` and the backward signals `delta` are written as exact
    rational vectors over symbols. Neurons share a symbol if they are equal, or equal
    up to an identity of the activation (a sign or a positive factor). The products
    span the tangent space, so the rank of their coefficients is an upper bound on any
    domain of inputs. It accounts for equal, dead and constant neurons and for the
    rescaling of ReLU neurons. `certified_rank` decides whether the bound is attained;
    `structural_rank` gives the exact rank of a two-layer network.

    It costs one sparse elimination over as many vectors as there are parameters.

    Args:
        deep: The network; its floats are used as exact dyadic rationals.
        parameters: One number or Fraction per parameter, in the order of
            `ravel(deep)`, used instead of the floats. Only this makes decimal numbers
            such as 0.3 and 0.7 exact.

    Returns:
        The bound, at most the number of parameters.

    Raises:
        ValueError: The number of given parameters differs from that of the network.

    Source:
        Embedding and the upper bound: arXiv:2406.18035, Theorem 4. The bound at an
        arbitrary point is derived and verified here.

    Examples:
        >>> deep = sf.DeepNetwork.normal((2, 3, 1), key=jax.random.key(0))
        >>> sf.tangent.structural_bound(deep)
        13
    """
    weights, biases = _exact_layers(deep, parameters)
    layers = _forward(deep, weights, biases)
    signals = _backward(layers, weights)
    relations, products = [], []
    for below, delta in zip(layers, signals, strict=True):
        relations += _relations(below, delta)
        inputs = list(below.values)
        if biases is not None:
            inputs.append({ONE: Q(1)})
        features = echelon(map(_bare, inputs))
        products += [_product(s, feature) for _, s in delta for _, feature in features]
    return len(echelon(relations + products)) - len(echelon(relations))


@dataclasses.dataclass(frozen=True)
class _Layer:
    """The functions that a layer computes; the inputs are layer 0.

    Attributes:
        values: One vector over symbols per neuron: its output.
        slopes: One vector per neuron, over the classes of this layer and `ONE`.
        inner: The vector `inner` of each class whose function is `slope * inner`.
    """

    values: list[Vector]
    slopes: list[Vector]
    inner: dict[Any, Vector]


def _forward(deep: DeepNetwork, weights, biases) -> list[_Layer]:
    inputs = [{("x", t): Q(1)} for t in range(deep.inputs)]
    layers = [_Layer(inputs, [], {})]
    for depth, weight in enumerate(weights[:-1], start=1):
        below, layer, classes = layers[-1].values, _Layer([], [], {}), {}
        for i, row in enumerate(weight):
            terms = list(zip(row, below, strict=True))
            if biases is not None:
                terms.append((biases[depth - 1][i], {ONE: Q(1)}))
            value, slope = _neuron(
                deep.activation, combine(*terms), depth, classes, layer
            )
            layer.values.append(value)
            layer.slopes.append(slope)
        layers.append(layer)
    return layers


def _neuron(
    activation: Activation, z: Vector, depth: int, classes: dict, layer: _Layer
) -> tuple[Vector, Vector]:
    """Value and slope of one neuron whose preactivation is `z`."""
    if 0 < len(activation.coefficients) <= 2:
        c0, c1 = (*activation.coefficients, 0)[:2]
        return combine((c0, {ONE: Q(1)}), (c1, z)), combine((c1, {ONE: Q(1)}))
    if all(_is_constant(label) for label in z):
        return _constant(activation, z, depth, classes)
    first = z[min(z, key=str)]
    if activation.homogeneous:
        return _rectified(activation, z, first, depth, classes, layer)
    e = 1 if activation.parity is None or first > 0 else -1
    group = _class(combine((e, z)), depth, classes)
    if activation.phase == "scale":
        layer.inner[group] = {ONE: Q(1)}
    s, unit, half = {group: Q(1)}, {ONE: Q(1)}, (1 - e) // 2
    level, tilt = as_rational(2 * activation.centre), as_rational(activation.tilt)
    value, slope = (e, 1) if activation.parity == "odd" else (1, e)
    return (
        combine((value, s), (half * level, unit), (half * tilt, z)),
        combine((slope, s), (half * tilt, unit)),
    )


def _rectified(activation, z, first, depth, classes, layer) -> tuple[Vector, Vector]:
    group = _class(combine((1 / first, z)), depth, classes)
    layer.inner[group] = combine((1 / first, z))
    low, high = (as_rational(piece.slope) for piece in activation.pieces)
    s, unit = {group: Q(1)}, {ONE: Q(1)}
    value = (high - low) * abs(first), s
    if first > 0:
        return combine((low, z), value), combine((low, unit), (high - low, s))
    return combine((high, z), value), combine((high, unit), (low - high, s))


def _constant(activation, z, depth, classes) -> tuple[Vector, Vector]:
    """A neuron that does not depend on the input; its value is a separate symbol."""
    value, slope = True, True
    if set(z) <= {ONE}:
        try:
            jet = jets(activation, z.get(ONE, Q(0)))
            value, slope = (not number.is_zero() for number in jet)
        except NotExact:
            pass  # assume that both are nonzero, which can only raise the bound
    symbol = ("constant", _class(z, depth, classes))
    return ({symbol: Q(1)} if value else {}), ({ONE: Q(1)} if slope else {})


def _class(z: Vector, depth: int, classes: dict) -> tuple:
    return classes.setdefault(frozenset(z.items()), ("s", depth, len(classes)))


def _is_constant(label: Any) -> bool:
    return label == ONE or label[0] == "constant"


def _bare(value: Vector) -> Vector:
    """The constant function 1 for a constant neuron; any other vector unchanged."""
    if len(value) == 1 and _is_constant(next(iter(value))):
        return {ONE: Q(1)}
    return value


def _backward(layers: list[_Layer], weights) -> list[Basis]:
    """A basis of the backward signals at each layer of weights, the first layer first.

    Signals are vectors over labels: an output, or the slope of a class times a basis
    signal of the layer above.
    """
    outputs = [{("output", c): Q(1)} for c in range(len(weights[-1]))]
    signals, bases = outputs, [echelon(outputs)]
    for depth in range(len(weights) - 1, 0, -1):
        above, below = bases[-1], []
        for slope, column in zip(layers[depth].slopes, weights[depth].T, strict=True):
            arriving = combine(*zip(column, signals, strict=True))
            inside, _ = coordinates(arriving, above)
            terms = [
                (v, arriving if g == ONE else {(g, q): c for q, c in inside.items()})
                for g, v in slope.items()
            ]
            below.append(combine(*terms))
        signals = below
        bases.append(echelon(below))
    return bases[::-1]


def _product(signal: Vector, feature: Vector) -> Vector:
    """The tangent function `signal * feature` over pairs of labels."""
    return {(s, f): v * w for s, v in signal.items() for f, w in feature.items()}


def _relations(below: _Layer, delta: Basis) -> list[Vector]:
    """Vanishing combinations of products, which come from the rescaling of neurons.

    If a neuron is its slope times an inner function (ReLU: `H(z) z`; exp), the slope
    may be a factor of the signal or of the feature.
    """
    return [
        combine(
            (1, _product(signal, {group: Q(1)})),
            (-1, _product({(group, q): Q(1)}, inner)),
        )
        for group, inner in below.inner.items()
        for q, (_, signal) in enumerate(delta)
    ]


def _exact_layers(deep: DeepNetwork, parameters):
    leaves = [np.asarray(v) for v in jax.tree.leaves(partition(deep)[0])]
    size = sum(leaf.size for leaf in leaves)
    if parameters is None:
        parameters = np.concatenate([leaf.ravel() for leaf in leaves]).tolist()
    if len(parameters) != size:
        raise ValueError(
            f"parameters has {len(parameters)} numbers, the network has {size}; give "
            "one number per parameter, in the order of ravel(deep)."
        )
    exact = np.empty(size, object)
    exact[:] = [as_rational(v) for v in parameters]
    pieces = np.split(exact, np.cumsum([leaf.size for leaf in leaves])[:-1])
    depth = len(deep.weights)
    weights = [
        piece.reshape(-1, leaf.shape[-1])
        for piece, leaf in zip(pieces[:depth], leaves[:depth], strict=True)
    ]
    return weights, (pieces[depth:] if deep.biases is not None else None)
