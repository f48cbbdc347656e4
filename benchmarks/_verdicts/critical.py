"""Cases of critical points whose kind is known: splits, repeated inputs, kinks."""

import functools

import jax.numpy as jnp
import numpy as np

from suffice.landscape import classify, inertia
from suffice.models import TwoLayer

from . import draws
from .judging import of_answer, of_words

# One tanh neuron at a critical point: inputs, targets, (a; w), the signs of its Hessian
# and of the curvature that decides what copies add.
SPLIT = (
    (
        [[-1.5, 0.5], [0.25, 0.25], [-0.75, 1], [0.25, -0.25]],
        [-1.5, -0.25, -0.5, -1.25],
        [0.411628248126, 2.213261320906, 3.083178017349],
        (2, 1),
        (1, 1),
    ),
    (
        [[2.75, 1], [1.25, 1], [-1, 0.5], [-0.5, 0]],
        [1.5, 2, -1.25, -0.25],
        [1.776974094653, 0.886557117111, 0.409935137175],
        (3, 0),
        (2, 0),
    ),
)


def splits(rng):
    """The inertia at a neuron that is split into shares of any size and sign."""
    x, y, start, narrow, copies = SPLIT[rng.integers(2)]
    x, y = np.array(x), np.array(y)
    a, *w = _polished(np.array(start), x, y)
    shares = _shares(rng, int(rng.choice([2, 3, 10, 60, 400])))
    model = TwoLayer(
        jnp.broadcast_to(jnp.asarray(w), (len(shares), 2)), jnp.asarray(a * shares)
    )
    up, down = int((shares > 0).sum()) - 1, int((shares < 0).sum())
    plus, minus = copies
    truth = (
        narrow[0] + up * plus + down * minus,
        narrow[1] + up * minus + down * plus,
        len(shares) - 1,
    )

    def ask():
        found = inertia(model, x, y)
        return tuple(found.signature) if found.exact else None

    return [of_answer("inertia", ask, truth)]


def _shares(rng, count):
    """Dyadic numbers with sum 1, of which some are tiny or negative."""
    exponents = rng.integers(0, 24, count - 1)
    shares = rng.choice([-1, 1, 1], count - 1) * 2.0 ** -(4.0 + exponents)
    shares = np.append(shares, 1 - shares.sum())
    return shares if shares[-1] > 0 else np.full(4, 0.25)


def _polished(theta, x, y):
    """The critical point of `sum (a tanh(w . x) - y)^2 / 2`, by Newton's method."""
    for _ in range(6):
        a, w = theta[0], theta[1:]
        t = np.tanh(x @ w)
        s = 1 - t * t
        e = a * t - y
        jacobian = np.column_stack([t, a * s[:, None] * x])
        hessian = jacobian.T @ jacobian
        mixed = x.T @ (e * s)
        hessian[0, 1:] += mixed
        hessian[1:, 0] += mixed
        hessian[1:, 1:] += (x.T * (e * a * -2 * t * s)) @ x
        theta = theta - np.linalg.solve(hessian, jacobian.T @ e)
    return theta


def repeats(rng):
    """The least loss that repeated and mirrored inputs allow is a global minimum."""
    width, count = (int(v) for v in rng.integers(1, 4, 2))
    model = TwoLayer(
        jnp.asarray(draws.rows(rng, width, 2, share=0.4)),
        jnp.asarray(draws.numbers(rng, width)) * int(rng.integers(2)),
    )
    x = draws.numbers(rng, count, 2)
    sides = rng.choice([1.0, -1.0], (count, 1))
    error = 0.5 + rng.random(count)
    both = np.concatenate([x, sides * x])
    residual = np.concatenate([error, -sides[:, 0] * error])
    values = np.array([float(model(jnp.asarray(v))) for v in both])
    ask = functools.partial(classify, model, both, values - residual)
    allowed = ("minimum", "zero loss", "undecided")
    return [of_words("classify, repeats", _verdict(ask), allowed)]


def kinks(rng):
    """A ReLU neuron with one sample on its kink: a minimum, or a way down."""
    slope, place = 2.0 ** rng.integers(-2, 3), draws.numbers(rng)
    a = float(rng.choice([-2.0, -1.0, 1.0, 0.5]))
    model = TwoLayer(
        jnp.asarray([[slope]]),
        jnp.asarray([a]),
        jnp.asarray([-slope * place]),
        None,
        "relu",
    )
    x = place + np.array([0.0, 1.0, 2.0, 3.5])
    y = a * slope * (x - place)
    y[0] = rng.choice([-1.0, 1.0]) * (0.25 + rng.random())
    falls = a * y[0] > 0
    way_down = ("first-order decrease", "not critical", "undecided")
    allowed = way_down if falls else ("minimum", "undecided")
    ask = functools.partial(classify, model, x[:, None], y)
    return [of_words("classify, kinks", _verdict(ask), allowed)]


def _verdict(ask):
    return lambda: ask().verdict


FAMILIES = {
    "a neuron split into shares": splits,
    "repeated and mirrored inputs": repeats,
    "a sample on a kink": kinks,
}
