"""Cases of equality, products of factors, and features of a time stamp."""

import functools

import jax.numpy as jnp
import numpy as np

from suffice import models as package
from suffice.models import Points
from suffice.reduction import equal_functions, reduce
from suffice.samples import optimistic_sample_size
from suffice.tangent import tangent_rank

from . import atoms, draws, exact, models
from .exact import Q, rational
from .judging import of_answer, of_rank, of_size

EQUAL = ("tanh", "erf", "sigmoid", "gaussian", "softplus", "gelu", "relu", "leaky-relu")


def _choice(rng, options):
    return options[rng.integers(len(options))]


def equality(rng):
    """Two networks that have the same function, or not at all the same."""
    d, width, outputs = _choice(rng, ((1, 3, 1), (2, 4, 1), (3, 3, 2)))
    bias, name = bool(rng.integers(2)), _choice(rng, EQUAL)
    size, loud = draws.scale(rng), draws.scale(rng)
    hidden = draws.rows(rng, width, d + bias)
    a = draws.rows(rng, width, outputs, share=0.3)
    other, b = _rewritten(rng, hidden, a, name)
    if rng.random() < 0.5:
        b = draws.rows(rng, len(other), outputs, share=0.3)
    parts = [
        (h[:, :d] * size, v.T * loud, h[:, d] * size if bias else None, None)
        for h, v in ((hidden, a), (other, b))
    ]
    f, g = (models.two_layer(*part, name) for part in parts)
    first, second = (atoms.Neurons(*part, name) for part in parts)
    equal = atoms.function(first) == atoms.function(second)
    verdicts = [of_answer("equal_functions", lambda: equal_functions(f, g), equal)]
    if name in atoms.RIGID:
        truth = _irreducible_width(first)
        verdicts.append(of_answer("reduce", lambda: reduce(f).widths[0], truth))
    return verdicts


def _rewritten(rng, hidden, a, name):
    """Other parameters of the same function: split, mirrored, rescaled, reordered."""
    rows, out = [], []
    for row, v in zip(hidden, a, strict=True):
        share = _choice(rng, (0.0, 0.25, 0.5, 2.0))
        for part in (share, 1 - share):
            factor = 2.0 ** rng.integers(-3, 4) if name in models.SLOPES else 1.0
            odd = name in atoms.ODD and rng.random() < 0.5
            even = name in atoms.EVEN and rng.random() < 0.5
            rows.append(row * factor * (-1 if odd or even else 1))
            out.append(v * part / factor * (-1 if odd else 1))
    order = rng.permutation(len(rows))
    return np.array(rows)[order], np.array(out)[order]


def _irreducible_width(neurons):
    """The number of neurons of the irreducible form of an odd or even kind."""
    constant = any(not atoms.is_neuron(f) for _, f in atoms.function(neurons))
    return atoms.groups(neurons) + (constant and neurons.constant is None)


def products(rng):
    """Sizes of products of factors, whose entries are tiny or huge."""
    kind = rng.integers(3)
    if kind == 0:
        return [_diagonal(rng)]
    return [_matrix(rng) if kind == 1 else _symmetric(rng)]


def _diagonal(rng):
    inputs, depth = int(rng.integers(2, 6)), int(_choice(rng, (1, 2, 3, 40)))
    a = draws.numbers(rng, depth, inputs)
    a[rng.random(a.shape) < 0.2] = 0
    a *= draws.scale(rng)
    model = package.Diagonal(jnp.asarray(a))
    zeros = (a == 0).sum(0)
    rank = int((zeros <= 1).sum())
    size = inputs if depth == 1 else int((zeros == 0).sum())
    if rng.random() < 0.5:
        return of_rank("rank, diagonal", lambda: tangent_rank(model), rank)
    ask = functools.partial(optimistic_sample_size, model)
    return of_size("size, diagonal", ask, least=size)


def _low(rng, rows, columns):
    """A matrix of low rank, perhaps up to a tiny part."""
    rank = int(rng.integers(0, min(rows, columns) + 1))
    u, v = draws.numbers(rng, rows, rank), draws.numbers(rng, rank, columns)
    tiny = 2.0 ** -rng.integers(10, 40) * (rng.random() < 0.4)
    return u @ v + tiny * np.outer(
        draws.numbers(rng, rows), draws.numbers(rng, columns)
    )


def _rank(matrix):
    return exact.rank([[rational(v) for v in row] for row in matrix])


def _matrix(rng):
    p, q, r = (int(v) for v in rng.integers(2, 5, 3))
    left, right = _low(rng, p, r), _low(rng, r, q)
    scale = draws.scale(rng)
    model = package.MatrixProduct(
        (jnp.asarray(left * scale), jnp.asarray(right * scale))
    )
    first, second = _rank(left), _rank(right)
    rank = p * q - (p - first) * (q - second)
    product = [
        [
            sum(
                (rational(a) * rational(b) for a, b in zip(row, col, strict=True)), Q(0)
            )
            for col in right.T
        ]
        for row in left
    ]
    k = exact.rank(product)
    if rng.random() < 0.5:
        return of_rank("rank, matrix product", lambda: tangent_rank(model), rank)
    ask = functools.partial(optimistic_sample_size, model)
    return of_size("size, matrix product", ask, least=k * (p + q - k))


def _symmetric(rng):
    d, r = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    factor = _low(rng, d, r)
    model = package.SymmetricProduct(jnp.asarray(factor * draws.scale(rng)))
    k = _rank(factor)
    size = k * d - k * (k - 1) // 2
    ask = functools.partial(optimistic_sample_size, model)
    return of_size("size, symmetric", ask, least=size)


def _powers(t):
    return jnp.stack([jnp.ones_like(t[0]), t[0], t[0] ** 2, t[0] ** 3])


def times(rng):
    """Powers of a time stamp, at few distinct times that lie close together."""
    count, distinct = int(rng.integers(3, 60)), int(rng.integers(1, 8))
    span = 10.0 ** rng.integers(1, 9)
    moments = np.round(1.7e9 + span * rng.random(distinct))
    x = moments[rng.integers(distinct, size=count)][:, None]
    model = package.Linear(jnp.ones(4), _powers, 1)
    rank = min(4, len(set(x[:, 0].tolist())))
    plain = models.matrix_rank(model, x)

    def ask():
        return tangent_rank(model, domain=Points(x))

    return [of_rank("tangent_rank", ask, rank, plain=plain)]


FAMILIES = {
    "equality and reduction": equality,
    "products of factors": products,
    "powers of a time stamp": times,
}
