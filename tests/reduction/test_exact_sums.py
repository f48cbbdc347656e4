"""The width of reduced networks against sums of fractions, with weights of any size."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from reducible import network

from suffice.reduction import reduce

RAYS = ("relu", "leaky-relu")


def drawn(rng, name):
    """Copies and mirror images of a few rows; some output weights are tiny."""
    n, outputs = 6, rng.integers(1, 3)
    rows = (rng.integers(-4, 4, (3, 2)) + 0.5)[rng.integers(0, 3, n)]
    factor = 2.0 ** rng.integers(-3, 4, n) if name in RAYS else np.ones(n)
    w = rows * (factor * rng.choice([-1, 1], n))[:, None]
    tiny = 2.0 ** -rng.choice([0, 0, 0, 30, 55, 70], n)
    return w, rng.integers(-2, 3, (n, outputs)) * tiny[:, None]


def classes(w, a, name):
    """For each line of vectors: a vector, and the signs and weights of its neurons."""
    found = {}
    for row, weight in zip(w, a, strict=True):
        v = [Fraction(t) for t in row]
        sign, size = (1, v[0]) if v[0] > 0 else (-1, -v[0])
        size = size if name in RAYS else Fraction(1)
        key = tuple(sign * t / size for t in v)
        found.setdefault(key, []).append((sign, [size * Fraction(t) for t in weight]))
    return found


def fewest(w, a, name):
    """The number of atoms, and whether some signs of them leave no remainder."""
    odd = name == "sigmoid"
    left = np.zeros((a.shape[1], 1 if odd else w.shape[1]), object)
    parts = []
    for key, members in classes(w, a, name).items():
        v = np.array([Fraction(1)] if odd else key, object)
        plain, turned = (
            np.array([sum(s**p * t[c] for s, t in members) for c in range(a.shape[1])])
            for p in (0, 1)
        )
        left = left + np.outer(plain if odd else turned, v)
        atom = turned if odd else plain
        if atom.any():
            parts.append(np.outer(atom, v))
    signs = itertools.product([1, -1], repeat=len(parts))
    rest = (left - sum((s * p for s, p in zip(sign, parts, strict=True)), 0 * left)
            for sign in signs)  # fmt: skip
    return len(parts), any(not r.any() for r in rest)


@pytest.mark.parametrize("name", ["softplus", "relu", "gelu", "leaky-relu", "sigmoid"])
def test_a_reduced_network_has_no_more_neurons_than_its_remainder_asks_for(name):
    rng = np.random.default_rng(3)
    met = set()
    for case in range(24):
        w, a = drawn(rng, name)
        model = network(w, a.T if a.shape[1] > 1 else a[:, 0], activation=name)
        found = reduce(model)
        atoms, whole = fewest(w, a, name)
        assert (found.widths[0] == atoms) == whole, case
        assert found.widths[0] >= atoms, case
        met.add(whole)
    assert met == {True, False}
