"""Tangent matrices of smooth networks in ball arithmetic, by the chain rule."""

import flint

from .exact import ball_rank, rational

arb = flint.arb


def _logistic(z):
    return 1 / (1 + (-z).exp())


def _gauss(z):
    return (-z * z).exp()


def _phi(z):
    return (1 + (z / arb(2).sqrt()).erf()) / 2


def _density(z):
    return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


def _tanh_gate(z):
    """The approximate normal distribution of `gelu-tanh` and its slope."""
    c = (2 / arb.pi()).sqrt()
    inner = c * (z + arb(0.044715) * z**3)
    t = inner.tanh()
    return (1 + t) / 2, (1 - t * t) / 2 * c * (1 + 3 * arb(0.044715) * z * z)


SMOOTH = {  # value and slope
    "tanh": lambda z: (z.tanh(), 1 - z.tanh() ** 2),
    "erf": lambda z: (z.erf(), 2 * _gauss(z) / arb.pi().sqrt()),
    "arctan": lambda z: (z.atan(), 1 / (1 + z * z)),
    "sigmoid": lambda z: (_logistic(z), _logistic(z) * _logistic(-z)),
    "softplus": lambda z: ((1 + z.exp()).log(), _logistic(z)),
    "silu": lambda z: (
        z * _logistic(z),
        _logistic(z) * (1 + z * _logistic(-z)),
    ),
    "gelu": lambda z: (z * _phi(z), _phi(z) + z * _density(z)),
    "gelu-tanh": lambda z: (
        z * _tanh_gate(z)[0],
        _tanh_gate(z)[0] + z * _tanh_gate(z)[1],
    ),
    "gaussian": lambda z: (_gauss(z), -2 * z * _gauss(z)),
    "exp": lambda z: (z.exp(), z.exp()),
    "sin": lambda z: (z.sin(), z.cos()),
    "cos": lambda z: (z.cos(), -z.sin()),
    "square": lambda z: (z * z, 2 * z),
    "cube": lambda z: (z**3, 3 * z * z),
}


def rank(weights, biases, activation, x):
    """The rank on finitely many inputs, or None where precision does not settle it."""
    matrices = [[[rational(v) for v in row] for row in w] for w in weights]
    shifts = biases and [[rational(v) for v in b] for b in biases]
    points = [[rational(v) for v in row] for row in x]

    def matrix():
        exact = [[[arb(v) for v in row] for row in w] for w in matrices]
        offsets = shifts and [[arb(v) for v in b] for b in shifts]
        rows = [_rows(exact, offsets, SMOOTH[activation], p) for p in points]
        return [row for part in rows for row in part]

    return ball_rank(matrix)


def _rows(weights, biases, smooth, point):
    below, layers = [arb(v) for v in point], []
    for k, matrix in enumerate(weights):
        z = [
            sum((w * v for w, v in zip(row, below, strict=True)), arb(0))
            + (biases[k][i] if biases else 0)
            for i, row in enumerate(matrix)
        ]
        last = k == len(weights) - 1
        pairs = [(v, arb(1)) if last else smooth(v) for v in z]
        layers.append((below, [slope for _, slope in pairs]))
        below = [value for value, _ in pairs]
    return [_row(weights, biases, layers, c) for c in range(len(weights[-1]))]


def _row(weights, biases, layers, output):
    back = [arb(k == output) for k in range(len(weights[-1]))]
    parts = []
    for k in reversed(range(len(weights))):
        below, slopes = layers[k]
        back = [b * s for b, s in zip(back, slopes, strict=True)]
        sources = [*below, arb(1)] if biases else below
        parts.insert(0, [b * v for b in back for v in sources])
        back = [
            sum((b * row[j] for b, row in zip(back, weights[k], strict=True)), arb(0))
            for j in range(len(below))
        ]
    return [v for part in parts for v in part]
