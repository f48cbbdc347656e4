"""The embedded critical point of a narrow network near a trained wide network."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Key

from suffice.landscape._embedding._zero_set import ResidualFunction
from suffice.landscape._network._arrays import Network, read, write
from suffice.landscape._network._objective import two_layer_loss
from suffice.landscape._network._polish import polish
from suffice.landscape._network._signals import REACHED, signals
from suffice.models import TwoLayer
from suffice.reduction import effective_reduction
from suffice.training import fit, stack

from ._anatomy import mirrored

_DRIFT = 5.0


class EmbeddedPoint(NamedTuple):
    """A wide critical point, embedded from a narrow one.

    Attributes:
        narrow: The narrow critical point.
        point: The point of its embedded family near the given one.
        difference: Root mean square difference of the outputs from the given point's,
            relative to their root mean square.
    """

    narrow: TwoLayer
    point: TwoLayer
    difference: float


def near_embedded(
    point: TwoLayer,
    x: np.ndarray,
    y: np.ndarray,
    tolerance: float,
    key: Key[Array, ""],
) -> EmbeddedPoint | None:
    """The embedding of a narrow critical point that is near a wide network.

    Training leaves a plateau slowly because a narrow network with these outputs is near
    a minimum. The function fits a narrow network to the point, minimises its loss, and
    embeds the minimum.

    Args:
        point: The wide network.
        x: Inputs.
        y: Targets `(n, outputs)`.
        tolerance: Relative error of the fit; the minimum may differ by five times this.
        key: Random key of the fits.

    Source:
        Derived here, after the practice of arXiv:2105.14573.
    """
    most = min(point.width - 1, max(1, len(x) // 3))
    reduction = effective_reduction(
        point, x, tolerance=tolerance, max_width=most, key=key
    )
    if not reduction.reached or reduction.width == 0:
        return None
    shape = y if reduction.model.a.ndim == 2 else y[:, 0]
    descended = fit(stack([reduction.model]), x, shape, max_steps=300).best()
    loss = two_layer_loss(descended, x, y)
    done = polish(loss.evaluate, loss.pack(loss.network)[None], max_steps=50)
    narrow = loss.unpack(done.theta[0])
    after, before = signals(narrow, x, y), signals(read(point), x, y)
    if after.relative_gradient() > REACHED:
        return None
    apart = after.residual - before.residual
    size = np.sqrt(np.mean((before.residual + y) ** 2))
    difference = float(np.sqrt(np.mean(apart**2)) / size)
    if difference > _DRIFT * tolerance:
        return None
    wide = _assigned(read(point), narrow, ResidualFunction(narrow, after))
    return EmbeddedPoint(write(narrow, point), write(wide, point), difference)


def _assigned(wide: Network, narrow: Network, function: ResidualFunction) -> Network:
    """Move each neuron to a narrow neuron or to the zero set, whichever is nearer."""
    v, a = wide.rows(0), wide.weights[1]
    centres, columns = narrow.rows(0), narrow.weights[1]
    sign = mirrored(narrow)
    turned = np.stack([centres, -centres]) if sign else centres[None]
    apart = ((v[None, None] - turned[:, :, None]) ** 2).sum(axis=-1)
    zeros = _onto_zero_set(function, v)
    idle = np.sum(a**2, axis=0) + np.sum((v - zeros) ** 2, axis=1)
    side, group = np.divmod(apart.reshape(-1, len(v)).argmin(axis=0), len(centres))
    cost = apart.reshape(-1, len(v)).min(axis=0)
    copies = cost < idle
    for t in range(len(centres)):  # every narrow neuron needs a copy
        if not (copies & (group == t)).any():
            best = int(np.argmin(apart[:, t].min(axis=0) + 1e6 * copies))
            copies[best], group[best] = True, t
            side[best] = int(np.argmin(apart[:, t, best]))
    rows, out = zeros.copy(), np.zeros_like(a)
    for t in range(len(centres)):
        copy_list = np.flatnonzero(copies & (group == t))
        turn = np.where(side[copy_list] > 0, -1.0, 1.0)
        rows[copy_list] = turn[:, None] * centres[t]
        turn = turn if sign < 0 else np.ones(len(copy_list))
        shares = columns[:, t] @ a[:, copy_list] * turn / np.sum(columns[:, t] ** 2)
        shares += (1 - shares.sum()) / len(copy_list)
        out[:, copy_list] = np.multiply.outer(columns[:, t], shares * turn)
    result = narrow.with_rows(0, rows).with_outgoing(0, out)
    if sign < 0 and narrow.activation.centre and narrow.biases[1] is not None:
        lost = out[:, copies & (side > 0)].sum(axis=1)
        shift = 2 * narrow.activation.centre * lost
        result = result._replace(biases=(result.biases[0], narrow.biases[1] - shift))
    return result


def _onto_zero_set(function: ResidualFunction, v: np.ndarray) -> np.ndarray:
    """Zeros of `phi` by Newton's method from each neuron, or the origin if nearer."""
    w = v.copy()
    for _ in range(20):
        value, slope = function.value(w), function.slope(w)
        step = np.einsum("kdo,ko->kd", np.linalg.pinv(slope, rcond=1e-10), value)
        size = np.linalg.norm(step, axis=1, keepdims=True)
        w = w - step * np.minimum(1.0, 0.5 / np.maximum(size, 1e-300))
    bad = np.max(np.abs(function.value(w)), axis=1) > 1e-10 * function.scale(w)
    origin = np.max(np.abs(function.value(0 * v[:1]))) == 0
    if origin:
        closer = np.linalg.norm(v, axis=1) < np.linalg.norm(w - v, axis=1)
        w[closer | bad] = 0.0
        return w
    w[bad] = np.inf
    return w
