"""Ways out of a point on a kink of a ReLU-like activation."""

from collections.abc import Iterator

import numpy as np

from suffice.landscape._embedding._zero_set import ResidualFunction
from suffice.landscape._network._arrays import Network
from suffice.landscape._network._signals import Signals, signals

from ._kinks import level, Slope, slopes
from ._ways import norm, shifted, Way, zeros

_STEPS = (1e-4, 1e-5, 1e-6, 1e-7)  # relative to the parameters, for quotients


def kink_ways(network: Network, found: Signals, x, y, least: float) -> Iterator[Way]:
    """Ways out of a point on a kink: at first order, or by idle neurons."""
    for slope in falling(network, found, x, y, least):
        way = Way("kink", _move(network, slope), 0.0, (slope.neuron,))
        yield way._replace(slope=slope.slope)
    if convex_near(network):
        for k in unsettled(network, found):
            yield _idle_way(network, found, k)


def falling(network: Network, found: Signals, x, y, least: float) -> Iterator[Slope]:
    """Moves of single neurons on kinks with a relative slope above a least one."""
    for slope in slopes(network, found):
        if slope.relative <= least:
            continue
        exact = len(network.hidden) == 1
        if exact or _falls(network, found, x, y, _move(network, slope), slope.slope):
            yield slope


def convex_near(network: Network) -> bool:
    r"""Whether one-sided derivatives decide whether a point is a local minimum.

    In the coordinates `|a_k| w_k` a network with one hidden layer, one output and a
    homogeneous activation is linear on every cell, so that the loss is convex there.
    """
    single = len(network.hidden) == 1 and network.outputs == 1
    return single and network.activation.homogeneous


def unsettled(network: Network, found: Signals) -> list[int]:
    """Neurons without output weight around which the residual function is not zero."""
    idle = np.flatnonzero(~network.weights[1].any(axis=0))
    return [int(k) for k in idle if not level(network, found, int(k))]


def _move(network: Network, slope: Slope) -> Network:
    direction = zeros(network)
    rows = direction.rows(slope.layer).copy()
    rows[slope.neuron] = slope.move
    return direction.with_rows(slope.layer, rows)


def _falls(network, found, x, y, direction, slope) -> bool:
    """Whether the loss falls at about the rate of a slope."""
    reach = norm(network)
    steps = np.array(_STEPS) * (reach or 1.0)
    losses = [signals(shifted(network, direction, t), x, y).loss for t in steps]
    rates = (np.array(losses) - found.loss) / steps
    return bool((rates < 0.5 * slope).any() and slope < 0)


def _idle_way(network: Network, found: Signals, k: int) -> Way:
    """Move a neuron without output weight off its kink, and give it a weight."""
    function, w = ResidualFunction(network, found), network.rows(0)[k]
    rng, reach = np.random.default_rng(0), float(np.linalg.norm(w)) or 1.0
    moves = rng.standard_normal((512, len(w)))
    moves /= np.linalg.norm(moves, axis=1)[:, None]
    rates = function.value(w + 1e-6 * reach * moves)[:, 0] / (1e-6 * reach)
    best = int(np.argmax(np.abs(rates)))
    h, g = float(np.sum(function.neurons(w[None]) ** 2)), abs(float(rates[best]))
    value = 0.5 * (h - np.hypot(h, 2 * g))
    direction = zeros(network)
    rows, columns = direction.rows(0).copy(), direction.weights[1].copy()
    rows[k], columns[:, k] = moves[best], -np.sign(rates[best]) * g / (h - value)
    direction = direction.with_rows(0, rows).with_outgoing(0, columns)
    return Way("null", direction, value, (k,))
