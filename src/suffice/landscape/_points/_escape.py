"""Escapes from a saddle, computed from the narrow network."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import ArrayLike, Float

from suffice._core import Hidden, Model, ravel, Result
from suffice._core.literature import bases
from suffice.landscape._embedding._predict import MANY, RESOLUTION
from suffice.landscape._network._arrays import checked, Network, read, write
from suffice.landscape._network._inertia import DENSE, lowest
from suffice.landscape._network._objective import objective
from suffice.landscape._network._signals import forms, signals

from ._anatomy import Anatomy, anatomy
from ._kink_ways import kink_ways
from ._kinks import on_kink
from ._ways import (
    Group,
    group_ways,
    idle_ways,
    lifts,
    norm,
    scaled,
    shifted,
    Way,
    WayKind,
)

_STEPS = np.concatenate([-np.logspace(1, -3, 25), np.logspace(-3, 1, 25)])
_SMALL = np.geomspace(1e-9, 1e-3, 7)
_LEVEL = 1e-6  # relative slope on a kink that counts as zero
_SHARES = np.arange(1, 16) / 10  # fractions of a displacement that is known exactly


@dataclasses.dataclass(frozen=True)
class SaddleEscape(Result):
    """An escape from a saddle, with the measured decrease of the loss.

    Attributes:
        kind: `kink` moves a neuron off a kink, to the side on which the loss falls at
            first order; `pair` and `block` move copies of one neuron apart, along an
            eigenvector of its inner Hessian; `mixed` also moves their output weights;
            `null` gives an output weight to a null neuron; `silent` first moves a
            neuron with zero output weight, which leaves the loss unchanged;
            `inherited` lifts a direction of the narrow network; `eigenvector` is that
            of the lowest eigenvalue of the Hessian.
        direction: Unit direction, as a model; for `silent` the whole displacement.
        curvature: Predicted second derivative of the loss along it; 0 for `silent` and
            `kink`.
        slope: One-sided derivative along it, for `kink`; else 0.
        neurons: The neurons that move first.
        step: Length of the best step that was tried.
        predicted: Predicted decrease for this step, to second order; exact for
            `silent`.
        measured: Measured decrease for this step.
        loss: Loss at the start.
        point: The model after the step.
        steps: All steps that were tried, in increasing order.
        losses: The loss after each step.
    """

    grounds = bases.COUNTS

    kind: WayKind
    direction: Hidden[Any]
    curvature: float
    slope: float
    neurons: tuple[int, ...]
    step: float
    predicted: float
    measured: float
    loss: float
    point: Hidden[Any]
    steps: Hidden[Float[np.ndarray, " s"]]
    losses: Hidden[Float[np.ndarray, " s"]]

    def headline(self) -> str:
        """The decrease of the loss, in one sentence."""
        rate = (
            f"slope {self.slope:.3g}"
            if self.slope
            else f"curvature {self.curvature:.3g}"
        )
        return (
            f"Escape by {self.kind}: {rate}; a step of "
            f"{abs(self.step):.2g} lowers the loss by {self.measured:.3g} of "
            f"{self.loss:.4g}."
        )

    def shown(self) -> dict[str, Any]:
        """Prediction and neurons."""
        listed = ", ".join(map(str, self.neurons[:8]))
        return {"predicted_decrease": self.predicted, "neurons": listed}

    def losses_from(
        self, start: Model, x: ArrayLike, y: ArrayLike
    ) -> Float[np.ndarray, " s"]:
        """The loss of another network after the same steps along the same direction.

        Args:
            start: A model of the same shape.
            x: Inputs `(n, inputs)`.
            y: Targets, `(n,)` or `(n, outputs)`.
        """
        network, inputs, outputs = checked(start, x, y, "A walk")
        way = scaled(read(self.direction), 1 / norm(read(self.direction)))
        return _walk(network, way, self.steps, inputs, outputs)


def escape(
    point: Model, x: ArrayLike, y: ArrayLike, *, tolerance: float = 1e-6
) -> SaddleEscape | None:
    """A direction in which the loss falls from a critical point.

    The direction is computed from the narrow network of the point, at any width. If
    that gives none, it is the eigenvector of the lowest eigenvalue of the Hessian. On a
    kink of a ReLU-like activation it is a move of a neuron to one side.
    `classify` includes this escape in its result.

    Args:
        point: A `TwoLayer` or a `DeepNetwork`, at a critical point.
        x: Inputs `(n, inputs)`.
        y: Targets, `(n,)` or `(n, outputs)`.
        tolerance: Relative distance of weight vectors that count as equal.

    Returns:
        The steepest escape, or None if the narrow network gives none and the Hessian
        has no negative eigenvalue.

    Raises:
        ValueError: JAX is in float32 mode; numbers are not finite; or shapes do not
            agree.

    Source:
        Derived and verified here; the inner Hessian is that of Fukumizu and Amari
        2000.

    Examples:
        >>> net = sf.TwoLayer(jnp.zeros((1, 1)), jnp.zeros(1))
        >>> x = np.array([[1.0], [2.0]])
        >>> print(sf.landscape.escape(net, x, x[:, 0]).headline())
        Escape by null: curvature -5; a step of 2.2 lowers the loss by 2.31 of 2.5.
    """
    network, inputs, outputs = checked(point, x, y, "An escape")
    found = signals(network, inputs, outputs)
    if on_kink(network, found):
        ways = kink_ways(network, found, inputs, outputs, _LEVEL)
        way = min(ways, key=_steepness, default=None)
        return None if way is None else tried(way, point, network, inputs, outputs)
    known = ways_out(point, network, inputs, outputs, anatomy(point, tolerance))
    for ways in (known, _lowest(point, inputs, outputs)):
        best = min(ways, key=_steepness, default=None)
        if best is None:
            continue
        found = tried(best, point, network, inputs, outputs)
        if found.measured > 0:
            return found
    return None


def _steepness(way: Way) -> tuple[float, float, float]:
    return way.slope, way.curvature, -way.drop


def tried(way: Way, point, network, x, y) -> SaddleEscape:
    """Try steps along a way; the best is the full displacement where it is known."""
    start, size = signals(network, x, y).loss, norm(way.direction)
    unit = scaled(way.direction, 1 / size)
    steps = size * _SHARES if way.drop else _STEPS
    if way.slope:  # to one side of a kink, where a small slope bends up soon
        steps = np.concatenate([_SMALL, steps[steps > 0]])
    losses = _walk(network, unit, steps, x, y)
    whole = int(np.flatnonzero(_SHARES == 1)[0])
    best = whole if way.drop else int(np.nanargmin(losses))
    step = float(steps[best])
    return SaddleEscape(
        kind=way.kind,
        direction=write(way.direction if way.drop else unit, point),
        curvature=way.curvature,
        slope=way.slope,
        neurons=way.neurons,
        step=step,
        predicted=way.drop or -(way.slope + 0.5 * way.curvature * step) * step,
        measured=start - float(losses[best]),
        loss=start,
        point=write(shifted(network, unit, step), point),
        steps=steps,
        losses=losses,
    )


def _walk(network: Network, unit: Network, steps, x, y) -> np.ndarray:
    return np.array([signals(shifted(network, unit, t), x, y).loss for t in steps])


def ways_out(point, network: Network, x, y, body: Anatomy) -> Iterator[Way]:
    """All ways out of a point that its narrow network gives."""
    if not body.plain:
        return
    inner = signals(body.narrow, x, y)
    for q, plan in enumerate(body.plan):
        shape = forms(body.narrow, inner, q)
        for t, members in enumerate(body.members(q)):
            if len(members) > MANY:  # use only the copies with the largest shares
                heavy = np.argsort(-np.abs(plan.shares[members]))[:MANY]
                members = members[np.sort(heavy)]
            copies = Group(
                body.targets[q][members],
                plan.factors[members],
                plan.shares[members],
                *lifts(body, network, q),
            )
            if len(members) > 1:
                yield from group_ways(network, q, copies, shape, t)
    yield from _inherited(point, network, x, y, body)
    if len(network.hidden) == 1:
        yield from idle_ways(network, signals(network, x, y), body)


def _inherited(point, network, x, y, body: Anatomy) -> Iterator[Way]:
    """The lowest direction of the narrow network, lifted by the embedding."""
    narrow = body.narrow
    if narrow.parameters > DENSE or 0 in narrow.hidden:
        return
    for curvature, small in _falling(write(narrow, point), x, y):
        lifted = body.lift(small, network)
        rate = (norm(small) / norm(lifted)) ** 2
        yield Way("inherited", lifted, curvature * rate, ())


def _lowest(point, x, y) -> Iterator[Way]:
    """The eigenvector of the lowest eigenvalue of the Hessian, if it is negative."""
    if read(point).parameters <= DENSE:
        found = _falling(point, x, y)
    else:
        found = _falling_large(point, x, y)
    for curvature, direction in found:
        yield Way("eigenvector", direction, curvature, ())


def _falling_large(point, x, y) -> Iterator[tuple[float, Network]]:
    """The lowest eigenpair by the Lanczos method."""
    value, vector, residual = lowest(point, x, y)
    if value + residual < 0:
        model: Any = ravel(point)[1](vector)
        yield value, read(model)


def _falling(point, x, y) -> Iterator[tuple[float, Network]]:
    """The lowest eigenpair of the Hessian, if it is negative."""
    loss = objective(point, x, y)
    values, vectors = np.linalg.eigh(loss.evaluate(loss.start[None]).hessian[0])
    if values[0] < -RESOLUTION * np.abs(values).max():
        yield float(values[0]), read(loss.model(vectors[:, 0]))
