"""Two-layer networks as exact combinations of independent functions.

A neuron `s(w . x + b)`, its slope and its slope times a coordinate are combinations of
functions that are independent for distinct neurons; which functions depends on the
kind of the activation. Labels of these functions are keys of dictionaries.
"""

from .exact import Q, rank, rational

ZERO, ONE = Q(0), Q(1)
ODD = ("tanh", "erf", "arctan")
EVEN = ("gaussian",)
TILTED = ("softplus", "silu", "gelu", "gelu-tanh")
PIECES = {"relu": (0.0, 1.0), "leaky-relu": (0.1, 1.0)}
RIGID = (*ODD, *EVEN)
KNOWN = (*RIGID, "sigmoid", *TILTED, *PIECES, "elu", "exp")
RESTING = (*ODD, "silu", "gelu", "gelu-tanh", *PIECES, "elu")  # s(0) = 0


class Neurons:
    """The neurons of a two-layer network as rationals.

    Attributes:
        rows: Input weights and bias of each neuron; the bias is zero if there is none.
        outgoing: Output weights of each neuron.
        bias: Whether the biases are parameters.
        constant: The output bias, or None.
    """

    def __init__(self, w, a, b, c, activation):
        outgoing = a[None] if a.ndim == 1 else a
        self.rows = [
            (tuple(map(rational, row)), ZERO if b is None else rational(b[k]))
            for k, row in enumerate(w)
        ]
        self.outgoing = [tuple(map(rational, column)) for column in outgoing.T]
        self.bias, self.inputs, self.outputs = b is not None, w.shape[1], len(outgoing)
        self.constant = None if c is None else [rational(v) for v in c.reshape(-1)]
        self.activation = activation


def tangent_rank(neurons):
    """The rank over all inputs, or None where a neuron sits on its kink."""
    columns = []
    for (w, b), out in zip(neurons.rows, neurons.outgoing, strict=True):
        if neurons.activation in PIECES and not any(w) and b == 0 and any(out):
            return None
        value, slope = expansion(neurons.activation, w, b)
        columns += [_at({o: ONE}, value) for o in range(neurons.outputs)]
        used = {o: v for o, v in enumerate(out) if v}
        sources = [*range(neurons.inputs), None] if neurons.bias else range(len(w))
        columns += [_at(used, _times(slope, t)) for t in sources]
    if neurons.constant is not None:
        columns += [{(o, ("1", None)): ONE} for o in range(neurons.outputs)]
    return _rank(columns)


def _rank(columns):
    labels = list({label for column in columns for label in column})
    return rank([[column.get(n, ZERO) for n in labels] for column in columns])


def _at(outputs, functions):
    return {(o, f): v * c for o, v in outputs.items() for f, c in functions.items()}


def _times(functions, t):
    return {(name, t): c for (name, _), c in functions.items()}


def _sum(*terms):
    total = {}
    for factor, vector in terms:
        for label, v in vector.items():
            total[label] = total.get(label, ZERO) + factor * v
    return {label: v for label, v in total.items() if v}


def _affine(w, b):
    return _sum(
        (b, {("1", None): ONE}), *((v, {("1", t): ONE}) for t, v in enumerate(w))
    )


def expansion(activation, w, b):
    """A neuron and its slope, up to a common nonzero factor of each."""
    if not any(w) and activation != "exp":
        return _constant(activation, b)
    first = next((v for v in w if v), ZERO)
    e = 1 if first > 0 else -1
    group = tuple(e * v for v in w), e * b
    one, s, d = ({(name, None): ONE} for name in ("1", ("s", group), ("d", group)))
    if activation in ODD:
        return _sum((e, s)), d
    if activation == "sigmoid":
        return _sum((e, s), ((1 - e) // 2, one)), d
    if activation in EVEN:
        return s, _sum((e, d))
    if activation in TILTED:
        back = (1 - e) // 2
        return _sum((ONE, s), (back, _affine(w, b))), _sum((e, d), (back, one))
    if activation == "exp":
        return ({(("e", w), None): ONE},) * 2 if any(w) else (one, one)
    return _pieces(activation, w, b, first, e)


def _constant(activation, b):
    one = {("1", None): ONE}
    if activation in PIECES:
        below, above = PIECES[activation]
        slope = rational(above if b > 0 else below) if b else ZERO
        return _sum((b * slope, one)), _sum((slope, one))
    silent = activation in RESTING and b == 0
    flat = activation in EVEN and b == 0
    return ({} if silent else one), ({} if flat else one)


def _pieces(activation, w, b, first, e):
    """Functions on the two sides of the hyperplane of a neuron."""
    plane = tuple(v / first for v in w), b / first
    step, one = {(("H", plane), None): ONE}, {("1", None): ONE}
    above = step if e > 0 else _sum((ONE, one), (-ONE, step))
    below = _sum((ONE, one), (-ONE, above))
    if activation == "elu":
        power = {(("E", w, b), None): ONE}
        value = _sum((ONE, _linear(above, w, b)), (-ONE, below), (ONE, power))
        return value, _sum((ONE, above), (ONE, power))
    low, high = map(rational, PIECES[activation])
    value = _sum((low, _linear(below, w, b)), (high, _linear(above, w, b)))
    return value, _sum((low, below), (high, above))


def _linear(side, w, b):
    return _sum((b, side), *((v, _times(side, t)) for t, v in enumerate(w)))


def function(neurons):
    """The function as a combination of independent functions: equal if equal.

    Constants `s(b)` of neurons without input weights have labels of their own.
    """
    total = {}
    for (w, b), out in zip(neurons.rows, neurons.outgoing, strict=True):
        if neurons.activation == "exp":
            value = {(("e", w, b), None): ONE}
        elif any(w) or neurons.activation in PIECES:
            value, _ = expansion(neurons.activation, w, b)
        else:
            value = _named_constant(neurons.activation, b)
        total = _sum((ONE, total), (ONE, _at(dict(enumerate(out)), value)))
    if neurons.constant is not None:
        one = {("1", None): ONE}
        total = _sum((ONE, total), (ONE, _at(dict(enumerate(neurons.constant)), one)))
    return total


def _named_constant(activation, b):
    one = {("1", None): ONE}
    if b == 0:
        at_zero = {"sigmoid": Q(1, 2), "gaussian": ONE}
        if activation == "softplus":
            return {("log 2", None): ONE}
        return {} if activation in RESTING else {k: at_zero[activation] for k in one}
    if activation == "elu" and b > 0:
        return {("1", None): b}
    e = 1 if b > 0 else -1
    name = {(("s", e * b), None): ONE}
    if activation in ODD:
        return _sum((e, name))
    if activation == "sigmoid":
        return _sum((e, name), ((1 - e) // 2, one))
    if activation in TILTED:
        return _sum((ONE, name), ((1 - e) // 2 * b, one))
    if activation == "elu":
        return _sum((ONE, {(("e", b), None): ONE}), (-ONE, one))
    return name


def groups(neurons):
    """Number of distinct neurons, up to sign, that the function needs: rigid kinds."""
    return len({f for _, f in function(neurons) if is_neuron(f)})


def rigid_size(neurons):
    """The least rank among all parameters of a function, for odd and even kinds."""
    total, outputs = function(neurons), neurons.outputs
    per_neuron = outputs + neurons.inputs + neurons.bias
    size = groups(neurons) * per_neuron
    if neurons.constant is not None:
        return size + outputs
    has_constant = any(not is_neuron(f) for _, f in total)
    even = neurons.activation in EVEN
    if has_constant:  # a neuron without input weights; flat at b = 0 for an even kind
        return size + outputs + (0 if even else neurons.inputs)
    return size or (outputs if even else 0)


def is_neuron(label):
    """Whether a function is a neuron with input weights."""
    name = label[0]
    return name[0] == "s" and isinstance(name[1], tuple)
