r"""One-sided derivatives at the kinks of networks with ReLU-like activations.

Where a sample lies on the kink of a neuron, `w_k · x_i = 0`, the loss has a derivative
on each side. Along a move `v` of the weights of neuron `k` alone it is

    D(v) = g · v + Σᵢ cᵢ (xᵢ · v)₊,   cᵢ = (s'(0+) - s'(0-)) a_k · rᵢ

with the sum over its samples on the kink, and `g` the gradient with `s'(0-)` on them.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import lsq_linear

from suffice.landscape._network._arrays import Network
from suffice.landscape._network._signals import Signals
from suffice.models import Activation

_AT = 1e-9  # relative distance of a sample from a kink on which it lies
_FLOOR = 1e-6  # relative size of a gradient entry that is compared with the largest
_CLEAR = 1e-3  # relative slope at which the search for a steeper one ends
_SUBSETS = 10  # samples on kinks with negative coefficients: all subsets are searched


class Slope(NamedTuple):
    """The one-sided derivatives along moves of one neuron on a kink.

    Attributes:
        layer: Hidden layer of the neuron.
        neuron: Its number.
        move: The unit move of its incoming weights along which the loss falls fastest,
            up to scales of the inputs.
        slope: The derivative along it, at most 0.
        relative: Its size relative to the terms of the gradient; 0 at a minimum.
        complete: Whether every direction was searched.
    """

    layer: int
    neuron: int
    move: np.ndarray
    slope: float
    relative: float
    complete: bool


def kinks(network: Network, found: Signals) -> list[np.ndarray]:
    """For each hidden layer, which samples lie on the kink of which neuron."""
    at = []
    for q in range(len(network.hidden)):
        h, rows = found.h[q], network.rows(q)
        reach = np.multiply.outer(
            np.linalg.norm(h, axis=1), np.linalg.norm(rows, axis=1)
        )
        moved = np.any(h, axis=1, keepdims=True)
        at.append((np.abs(h @ rows.T) <= _AT * reach) & moved)
    return at


def on_kink(network: Network, found: Signals) -> bool:
    """Whether a sample lies on a kink of the network."""
    if not network.activation.kinks:
        return False
    return any(bool(at.any()) for at in kinks(network, found))


def one_sided(network: Network, found: Signals) -> Signals:
    """The signals with the slopes `s'(0-)` at all kinks."""
    below = _sides(network.activation)[0]
    jets = tuple(
        part._replace(s1=np.where(at, below, part.s1))
        for part, at in zip(found.jets, kinks(network, found), strict=True)
    )
    delta = [found.residual]
    for q in reversed(range(len(jets))):
        delta.insert(0, (delta[0] @ network.weights[q + 1]) * jets[q].s1)
    return Signals(found.h, jets, tuple(delta))


def slopes(network: Network, found: Signals) -> Iterator[Slope]:
    """The one-sided derivatives of every neuron on a kink.

    The layers above must not lie on kinks at the same samples; then the formula holds
    for deep networks as well.
    """
    left, at = one_sided(network, found), kinks(network, found)
    below, above = _sides(network.activation)
    jump = above - below
    largest = max(float(size.max(initial=0.0)) for size in _sizes(left))
    for q in range(len(network.hidden)):
        pull = jump * (left.delta[q + 1] @ network.weights[q + 1])
        for k in np.flatnonzero(at[q].any(axis=0)):
            samples = at[q][:, k]
            h, c = left.h[q][samples], pull[samples, k]
            terms = np.abs(left.delta[q][:, k]) @ np.abs(left.h[q]) + np.abs(
                c
            ) @ np.abs(h)
            scale = np.maximum(terms, _FLOOR * max(largest, 1e-300))
            gradient = left.delta[q][:, k] @ left.h[q]
            yield _slope(q, int(k), gradient / scale, c, h / scale, scale)


def _slope(q, k, gradient, c, h, scale) -> Slope:
    """The steepest move of a neuron, in coordinates with terms of size one."""
    p, complete = _steepest(gradient, c, h)
    size = float(np.linalg.norm(p))
    if size == 0:
        return Slope(q, k, 0 * p, 0.0, 0.0, complete)
    move = -p / scale
    move = move / np.linalg.norm(move)
    along = (gradient * scale) @ move + c @ np.maximum((h * scale) @ move, 0.0)
    return Slope(q, k, move, float(along), float(np.abs(p).max()), complete)


def _steepest(gradient, c, h) -> tuple[np.ndarray, bool]:
    r"""The least-norm one-sided gradient that is largest, and if all were searched.

    A term with `c > 0` is convex, with subgradients `λ c x` for `λ` in [0, 1]. A term
    with `c < 0` is the smaller of 0 and `c x · v`, so `D` is the least of one convex
    function for every subset of these terms. It is nonnegative exactly if the least
    subgradient of each of these is zero.
    """
    up, down = c > 0, np.flatnonzero(c < 0)
    complete = len(down) <= _SUBSETS
    reach = range(len(down) + 1) if complete else (0, 1, len(down))
    columns, best = (c[up, None] * h[up]).T, np.zeros_like(gradient)
    for size in reach:
        for chosen in itertools.combinations(down, size):
            g = gradient + c[list(chosen)] @ h[list(chosen)]
            best = max(best, _least(g, columns), key=np.linalg.norm)
        if np.abs(best).max() > _CLEAR:  # it falls; other subsets are not needed
            break
    return best, complete


def _least(g: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The vector of least norm in `g + columns @ [0, 1]^k`."""
    if not columns.shape[1]:
        return g
    found = lsq_linear(columns, -g, bounds=(0, 1), method="bvls", tol=1e-15)
    return g + columns @ found.x


def smooth_gradient(network: Network, found: Signals) -> float:
    """The largest relative gradient entry, without the neurons on kinks.

    As `Signals.relative_gradient`, with the slopes `s'(0-)` below kinks.
    """
    left, at = one_sided(network, found), kinks(network, found)
    sizes = _sizes(left)
    floor = _FLOOR * max(float(size.max(initial=0.0)) for size in sizes)
    if floor == 0:
        return 0.0
    worst = 0.0
    for q, (g, size) in enumerate(zip(left.gradient(), sizes, strict=True)):
        ratio = np.abs(g) / np.maximum(size, floor)
        if q < len(at):
            ratio = ratio[~at[q].any(axis=0)]
        worst = max(worst, float(ratio.max(initial=0.0)))
    return worst


def _sizes(found: Signals) -> list[np.ndarray]:
    return [np.abs(d).T @ np.abs(h) for d, h in zip(found.delta, found.h, strict=True)]


def _sides(activation: Activation) -> tuple[float, float]:
    """The slopes of the activation below and above 0."""
    assert activation.pieces is not None
    below, above = (piece.slope + piece.exponential for piece in activation.pieces)
    return below, above


def level(network: Network, found: Signals, k: int) -> bool:
    """Whether the residual function vanishes around neuron `k` of the first layer.

    For one hidden layer and one output. Around `w_k` it is `g · v + Σ cᵢ (xᵢ · v)₊`,
    which vanishes if the coefficients on each line of inputs cancel, and the rest is 0.
    """
    left, at = one_sided(network, found), kinks(network, found)[0][:, k]
    h, e = left.h[0], left.residual[:, 0]
    below, above = _sides(network.activation)
    c, x = (above - below) * e[at], h[at]
    terms = (left.jets[0].s1[:, k] * e)[:, None] * h
    rest = terms.sum(axis=0) + 0.5 * c @ x
    size = np.abs(terms).sum(axis=0) + np.abs(c) @ np.abs(x)
    if (np.abs(rest) > 1e-9 * size).any():
        return False
    lines = np.linalg.norm(x, axis=1)
    units = x / np.maximum(lines, 1e-300)[:, None]
    parallel = np.abs(units @ units.T) > 1 - 1e-12
    sums, all_terms = parallel @ (c * lines), parallel @ (np.abs(c) * lines)
    return bool((np.abs(sums) <= 1e-9 * all_terms).all())


def dead_layer(network: Network, found: Signals) -> int | None:
    """The last hidden layer that no sample can move, counted from 1, or None."""
    pieces = network.activation.pieces
    if pieces is None or pieces[0].slope or pieces[0].exponential:
        return None
    dead = [
        q + 1
        for q in range(len(network.hidden))
        if network.hidden[q] and (found.h[q] @ network.rows(q).T < 0).all()
    ]
    return dead[-1] if dead else None
