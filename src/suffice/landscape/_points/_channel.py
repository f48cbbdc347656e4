"""Pairs of neurons in a channel to infinity."""

import numpy as np

from suffice.landscape._network._arrays import Network
from suffice.landscape._network._signals import Signals

from ._anatomy import mirrored

_CLOSE, _CANCEL, _MOST = 0.35, 0.2, 0.5


def channel_pairs(network: Network, point_signals: Signals) -> list[tuple[int, int]]:
    """Pairs that approach each other while their output weights diverge.

    Two nearly equal neurons with large, opposite output weights approximate a
    derivative of a neuron. In a channel to infinity the flow increases the difference
    of the output weights of such a pair, and most of the gradient acts on pairs.

    Args:
        network: A network with one hidden layer.
        point_signals: The signals of the network.

    Source:
        Martinelli et al. 2025; the growth of the weights like `t^(1/4)` derived and
        verified here.
    """
    v, a = network.rows(0), network.weights[1]
    size = np.linalg.norm(a, axis=0)
    grad_v, grad_a = (
        point_signals.gradient()[0],
        point_signals.gradient()[1][:, : a.shape[1]],
    )
    order = np.argsort(-size)[:64]
    pairs, mass = [], 0.0
    total = float(np.sum(grad_v**2) + np.sum(grad_a**2))
    for i, j in ((i, j) for n, i in enumerate(order) for j in order[:n]):
        for turn in {1.0, mirrored(network) or 1.0}:
            near = np.linalg.norm(v[i] - turn * v[j])
            reach = np.linalg.norm(v[i])
            left = np.linalg.norm(a[:, i] + turn * a[:, j])
            if near > _CLOSE * reach or left > _CANCEL * (size[i] + size[j]):
                continue
            apart = a[:, i] - turn * a[:, j]
            pull = -(grad_a[:, i] - turn * grad_a[:, j])
            if apart @ pull > 0:
                pairs.append((int(min(i, j)), int(max(i, j))))
                for k in (i, j):
                    mass += float(np.sum(grad_v[k] ** 2) + np.sum(grad_a[:, k] ** 2))
    return pairs if mass > _MOST * total else []
