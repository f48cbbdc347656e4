r"""Scales of the neurons of two-layer networks, in which their Hessian is well seen.

By Sylvester's law `Sᵀ H S` has as many positive and negative eigenvalues as `H`. The
Hessian of a neuron with a share of `1/m` of an output weight has entries that differ by
powers of `m`, so that counts with one tolerance are wrong for wide networks. With a
suitable `S` all blocks of neurons are of order one, for any number of neurons and any
shares.
"""

import numpy as np

from ._arrays import Network
from ._signals import Forms, forms, Signals

VISIBLE = 1e-5  # relative size of a form, beside the sum of the absolute values of its
# terms, above which it is scaled up to order one; what is much smaller is rounding
_NOISE = 1e-9  # relative size of a mixed form that counts as zero


def balance(network: Network, found: Signals, which: slice) -> np.ndarray:
    """The blocks of `S` of some neurons, `(k, o + D, o + D)`.

    Output weights are divided by the norm of the values of the neuron and by the root
    of the width. Incoming weights are turned to the right singular vectors of the mixed
    form `G`; on these `G` becomes of order one, and on its kernel the inner form `B`.

    Source:
        Derived and verified here.
    """
    shape, s = forms(network, found, 0, which), found.jets[0].s
    (k, o, size), m = shape.mixed.shape, network.hidden[0]
    norms = np.linalg.norm(s, axis=0)
    top = float(norms.max(initial=0.0)) or 1.0
    outer = 1 / (np.sqrt(m) * np.maximum(norms[which], VISIBLE * top))
    turned, seen = _turned(shape)
    inner = turned.transpose(0, 2, 1) @ shape.inner @ turned
    along = _inner_scale(network, found, which, inner * ~_either(seen), shape)
    scales = np.where(seen, _mixed_scale(shape, turned, outer, inner), along[:, None])
    frames = np.zeros((k, o + size, o + size))
    frames[:, range(o), range(o)] = outer[:, None]
    frames[:, o:, o:] = turned * scales[:, None, :]
    return frames


def _either(seen: np.ndarray) -> np.ndarray:
    """Entries of a matrix in a row or column that is seen."""
    return seen[:, :, None] | seen[:, None, :]


def _turned(shape: Forms) -> tuple[np.ndarray, np.ndarray]:
    """Directions of the incoming weights, and on which of them `G` is not zero."""
    k, _, size = shape.mixed.shape
    level = _NOISE * shape.mixed_size
    turned = np.tile(np.eye(size), (k, 1, 1))
    seen = np.zeros((k, size), bool)
    large = np.linalg.norm(shape.mixed, axis=(1, 2)) > level
    if large.any():
        _, values, right = np.linalg.svd(shape.mixed[large])
        turned[large] = right.transpose(0, 2, 1)
        seen[large, : values.shape[1]] = values > level
    return turned, seen


def _mixed_scale(shape: Forms, turned, outer, inner) -> np.ndarray:
    """The scale at which the larger of `G` and `B` on a direction has order one."""
    pull = np.linalg.norm(shape.mixed @ turned, axis=1) * outer[:, None]
    bend = np.abs(np.diagonal(inner, axis1=1, axis2=2))
    bend = np.sqrt(np.maximum(bend, VISIBLE * shape.inner_size[:, None]))
    return 1 / np.maximum(np.maximum(pull, bend), 1e-300)


def _inner_scale(network, found, which, inner, shape: Forms) -> np.ndarray:
    """The scale at which `B`, or else the tangent vectors, are of order one."""
    size = np.linalg.norm(inner, axis=(1, 2))
    size = np.maximum(size, VISIBLE * shape.inner_size)
    far, s1 = np.sum(found.h[0] ** 2, axis=1), found.jets[0].s1[:, which]
    weights = np.sum(network.weights[1][:, which] ** 2, axis=0)
    tangent = network.hidden[0] * (far @ s1**2) * weights
    size = np.where(size > 0, size, tangent)
    return 1 / np.sqrt(np.where(size > 0, size, 1.0))
