"""The point that is classified, with its data, and how it was reached."""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Key
from scipy.spatial import KDTree

from suffice.landscape._network._arrays import Network, read, write
from suffice.landscape._network._objective import objective
from suffice.landscape._network._polish import polish as polished
from suffice.landscape._network._signals import REACHED, Signals, signals
from suffice.models import TwoLayer

from ._near import near_embedded

_POLISHED = 120  # number of parameters up to which a point is polished directly
_NOTHING = 1e-14  # relative size of a contribution to the outputs that is rounding


class Site(NamedTuple):
    """A point with its samples.

    Attributes:
        given: The given point.
        point: The point to classify.
        network: Its arrays.
        found: Its signals.
        x: Inputs.
        y: Targets `(n, outputs)`.
        difference: Relative change of the outputs from the given point.
        note: How it was reached, or None.
    """

    given: Any
    point: Any
    network: Network
    found: Signals
    x: np.ndarray
    y: np.ndarray
    difference: float = 0.0
    note: str | None = None

    def moved_to(self, point, difference=0.0, note: str | None = None) -> "Site":
        """The site at another point."""
        network = read(point)
        found = signals(network, self.x, self.y)
        return Site(self.given, point, network, found, *self[4:6], difference, note)

    @property
    def moved(self) -> float:
        """Distance between the given and the classified point."""
        start, end = read(self.given), self.network
        total = sum(
            float(np.sum((start.rows(q) - end.rows(q)) ** 2))
            for q in range(len(end.weights))
        )
        return float(np.sqrt(total))


def site(point: Any, network: Network, x: np.ndarray, y: np.ndarray) -> Site:
    """The site of a given point, without weights too small to change an output."""
    here = Site(point, point, network, signals(network, x, y), x, y)
    if not isinstance(point, TwoLayer) or not point.width:
        return here
    settled = _settled(network, here.found)
    return here if settled is network else here.moved_to(write(settled, point))


def _settled(network: Network, found: Signals) -> Network:
    """The network with zeros for neurons whose output weights change no output."""
    rows, columns = network.rows(0), network.weights[1].copy()
    outputs = found.h[-1] @ network.rows(1).T
    size = np.abs(outputs).max() + np.abs(outputs - found.residual).max()
    values = np.abs(found.jets[0].s).max(axis=0)
    heavy = np.abs(columns).max(axis=0) * np.maximum(values, 1.0)
    light = (heavy <= _NOTHING * size) & (heavy > 0)
    light[light] = ~_copies(network, rows[light], rows[heavy > _NOTHING * size])
    if not light.any():
        return network
    columns[:, light] = 0.0
    still = np.abs(found.h[0] @ rows.T).max(axis=0) <= _NOTHING
    if network.activation.rests_at_zero:
        rows = np.where((light & still)[:, None], 0.0, rows)
    return network.with_rows(0, rows).with_outgoing(0, columns)


def _copies(network: Network, some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether vectors equal one of others, up to what the activation identifies."""
    if not len(some) or not len(others):
        return np.zeros(len(some), bool)
    if network.activation.homogeneous:
        some, others = (
            v / np.maximum(np.linalg.norm(v, axis=1), 1e-300)[:, None]
            for v in (some, others)
        )
    if network.activation.parity is not None:
        others = np.vstack([others, -others])
    apart, _ = KDTree(others).query(some)
    return apart <= 1e-9 * np.linalg.norm(some, axis=1)


def near(here: Site, fit_tolerance: float, key: Key[Array, ""] | None) -> Site:
    """The critical point nearby, by the first method that finds one."""
    direct = _direct(here)
    if direct is not None:
        return direct
    if isinstance(here.point, TwoLayer):
        key = jax.random.key(0) if key is None else key
        found = near_embedded(here.point, here.x, here.y, fit_tolerance, key)
        if found is not None:
            note = "the critical point is that of a narrow network with these outputs"
            return here.moved_to(found.point, found.difference, note)
    return here._replace(note="no critical point was found nearby")


def _direct(here: Site) -> Site | None:
    """The result of Levenberg-Marquardt on the gradient, if it is near."""
    if here.network.parameters > _POLISHED:
        return None
    loss = objective(here.point, here.x, here.y)
    done = polished(loss.evaluate, loss.start[None], max_steps=100)
    there = here.moved_to(loss.model(done.theta[0]))
    far = np.linalg.norm(done.theta[0] - loss.start) > 0.1 * np.linalg.norm(loss.start)
    if far or there.found.relative_gradient() > REACHED:
        return None
    before = np.sqrt(np.mean((here.found.residual + here.y) ** 2)) or 1.0
    apart = np.sqrt(np.mean((there.found.residual - here.found.residual) ** 2))
    return there._replace(difference=float(apart / before))
