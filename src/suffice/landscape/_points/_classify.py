"""Classification of a point at which training has stopped."""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Key

from suffice._core import Model
from suffice.landscape._embedding._null import null_prediction
from suffice.landscape._embedding._predict import complete, resolution
from suffice.landscape._embedding._splitting import family_dimension, gains
from suffice.landscape._network._arrays import checked, Network, read, write
from suffice.landscape._network._inertia import DENSE, inertia
from suffice.landscape._network._objective import objective, two_layer_loss
from suffice.landscape._network._polish import polish as polished
from suffice.landscape._network._signals import Signals, signals
from suffice.landscape._network._signature import Inertia, Signature
from suffice.models import TwoLayer

from ._anatomy import Anatomy, anatomy
from ._channel import channel_pairs
from ._classification import Classification, Verdict
from ._escape import escape
from ._near import near_embedded

_POLISHED = 120  # number of parameters up to which a point is polished directly


class _Place(NamedTuple):
    """The point to classify, and how it was reached."""

    given: Any
    point: Any
    moved: float
    difference: float
    note: str | None


def classify(
    point: Model,
    x: ArrayLike,
    y: ArrayLike,
    *,
    polish: bool = False,
    tolerance: float = 1e-6,
    gradient_tolerance: float = 1e-6,
    fit_tolerance: float = 0.02,
    key: Key[Array, ""] | None = None,
) -> Classification:
    r"""The kind of a point of the loss landscape, and the way out of a saddle.

    A verdict about curvature assumes that the gradient vanishes. A point with a larger
    gradient is `not critical`, unless `polish` finds a critical point nearby. This is
    the point to which Levenberg-Marquardt on the gradient moves it, or, for a wide
    two-layer network, the embedded critical point of a narrow network with nearly the
    same outputs. Prefer `inertia` for other models, and `morse_bott` at zero loss.

    Args:
        point: A `TwoLayer` or a `DeepNetwork`.
        x: Inputs `(n, inputs)`.
        y: Targets, `(n,)` or `(n, outputs)`.
        polish: Whether to move to a critical point nearby first.
        tolerance: Relative distance of weight vectors that count as equal.
        gradient_tolerance: Largest relative gradient of a critical point; each entry is
            divided by the sum of the absolute values of its samples' terms.
        fit_tolerance: With `polish`, largest relative difference of the outputs of the
            narrow network.
        key: Random key of the fits, used with `polish`; None takes a fixed one.

    Returns:
        The verdict with its evidence.

    Raises:
        ValueError: JAX is in float32 mode; numbers are not finite; or shapes do not
            agree.

    Source:
        Derived and verified here, from arXiv:2405.17501 and arXiv:2111.15527; the
        plateaus of two copies: Fukumizu and Amari 2000.

    Example:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> point = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> print(sf.classify(point, x, np.tanh(x[:, 0])).headline())
        Zero loss, loss ...: width 1 embedded at width 1.
    """
    network, inputs, outputs = checked(point, x, y, "A classification")
    point_signals = signals(network, inputs, outputs)
    place = _Place(point, point, 0.0, 0.0, None)
    if _fitted(point_signals, outputs):
        return _zero_loss(place, network, point_signals, inputs, outputs, tolerance)
    if polish and point_signals.relative_gradient() > 1e-12:
        place = _moved(point, inputs, outputs, point_signals, fit_tolerance, key)
        network = read(place.point)
        point_signals = signals(network, inputs, outputs)
    if point_signals.relative_gradient() > gradient_tolerance:
        return _no_rest(place, network, point_signals, tolerance)
    if _fitted(point_signals, outputs):
        return _zero_loss(place, network, point_signals, inputs, outputs, tolerance)
    return _at_rest(place, network, point_signals, inputs, outputs, tolerance)


def _fitted(point_signals: Signals, y) -> bool:
    size = float(np.abs(point_signals.residual + y).max()) + float(np.abs(y).max())
    return float(np.abs(point_signals.residual).max()) <= 1e-10 * size


def _moved(point, x, y, point_signals: Signals, fit_tolerance, key) -> _Place:
    """The critical point nearby, by the first method that finds one."""
    direct = _direct(point, x, y, point_signals)
    if direct is not None:
        return direct
    if isinstance(point, TwoLayer):
        key = jax.random.key(0) if key is None else key
        near = near_embedded(point, x, y, fit_tolerance, key)
        if near is not None:
            distance = _distance(read(point), read(near.point))
            note = "the critical point is that of a narrow network with these outputs"
            return _Place(point, near.point, distance, near.difference, note)
    return _Place(point, point, 0.0, 0.0, "no critical point was found nearby")


def _direct(point, x, y, point_signals: Signals) -> _Place | None:
    """The result of Levenberg-Marquardt on the gradient, if it is near."""
    if read(point).parameters > _POLISHED:
        return None
    loss = objective(point, x, y)
    done = polished(loss.evaluate, loss.start[None], max_steps=100)
    nearby = loss.model(done.theta[0])
    after = signals(read(nearby), x, y)
    distance = float(np.linalg.norm(done.theta[0] - loss.start))
    far = distance > 0.1 * np.linalg.norm(loss.start)
    if far or after.relative_gradient() > 1e-8:
        return None
    before = np.sqrt(np.mean((point_signals.residual + y) ** 2)) or 1.0
    apart = np.sqrt(np.mean((after.residual - point_signals.residual) ** 2))
    return _Place(point, nearby, distance, float(apart / before), None)


def _distance(first: Network, second: Network) -> float:
    total = sum(
        float(np.sum((first.rows(q) - second.rows(q)) ** 2))
        for q in range(len(first.weights))
    )
    return float(np.sqrt(total))


def _no_rest(place, network, point_signals, tolerance) -> Classification:
    body = anatomy(place.point, tolerance)
    pairs = channel_pairs(network, point_signals) if len(network.hidden) == 1 else []
    if not pairs:
        return _answer("not critical", place, point_signals, body)
    listed = ", ".join(f"{i} and {j}" for i, j in pairs[:4])
    note = (
        f"neurons {listed} approach each other while their output weights grow with "
        "opposite signs; the loss falls along the channel and has no minimum on it"
    )
    place = place._replace(note=note)
    return _answer("channel to infinity", place, point_signals, body)


def _zero_loss(place, network, point_signals, x, y, tolerance) -> Classification:
    body = anatomy(place.point, tolerance)
    measured = inertia(place.point, x, y)
    note = "all parameters with these outputs are critical (see morse_bott, thresholds)"
    size, narrow = y.size, body.narrow.parameters
    if size < narrow:
        note = (
            f"{size} target values, fewer than the {narrow} parameters of the narrow "
            "network: any target that shares them could be behind them, and the roles "
            "of the neurons are those of this network alone; give more samples"
        )
    place = place._replace(note=note)
    return _answer("zero loss", place, point_signals, body, measured=measured)


def _at_rest(place, network, point_signals, x, y, tolerance) -> Classification:
    body = anatomy(place.point, tolerance)
    measured = inertia(place.point, x, y)
    predicted, dimension = _theory(place.point, network, body, x, y)
    verdict, reason = _verdict(network, point_signals, body, measured, dimension)
    way = None
    if verdict in ("strict saddle", "non-strict saddle"):
        way = escape(place.point, x, y, tolerance=tolerance)
    notes = [place.note, reason]
    counted = predicted is not None and measured.positive is not None
    if counted and predicted != measured.signature:
        notes.append("measured and predicted counts differ: see `doubtful`")
    note = "; ".join(text for text in notes if text) or None
    return _answer(
        verdict,
        place._replace(note=note),
        point_signals,
        body,
        measured=measured,
        predicted=predicted,
        dimension=dimension,
        way=way,
        walk=None if way is None else way.losses_from(place.given, x, y),
    )


def _theory(
    point, network: Network, body: Anatomy, x, y
) -> tuple[Signature | None, int | None]:
    """Predicted counts and the dimension of the branch."""
    narrow = body.narrow
    if not body.plain or narrow.parameters > DENSE or 0 in narrow.hidden:
        return None, None
    roles = {role for layer in body.roles for role in layer}
    if not roles <= {"target", "null"} or ("null" in roles and len(body.plan) > 1):
        return None, None
    small = write(narrow, point)
    loss = objective(small, x, y)
    hessian = loss.evaluate(loss.start[None]).hessian[0]
    floor, inner = resolution(hessian), signals(narrow, x, y)
    plan = list(body.plan)
    added = gains(narrow, inner, plan, floor)
    dimension: int | None = family_dimension(narrow, inner, plan, floor)
    if narrow.activation.homogeneous:  # the scale of each neuron is free
        dimension += sum(narrow.hidden)
    idle = body.idle(0)
    if not len(idle) or len(body.plan) > 1:
        return complete(hessian, added, network.parameters, floor).signature, dimension
    two = two_layer_loss(small, x, y)
    null, free = null_prediction(two, inner, network.rows(0)[idle])
    positive = null.signature.positive + sum(gain.positive for gain in added)
    negative = null.signature.negative + sum(gain.negative for gain in added)
    zero = network.parameters - positive - negative
    dimension = None if free is None else dimension + free
    return Signature(positive, negative, zero), dimension


def _verdict(
    network: Network,
    point_signals: Signals,
    body: Anatomy,
    measured: Inertia,
    dimension,
) -> tuple[Verdict, str | None]:
    if measured.negative > 0:
        return "strict saddle", None
    silent = len(network.hidden) == 1 and not network.weights[1].any(axis=0).all()
    if silent and not network.activation.kinks:
        return "non-strict saddle", "a neuron without output weight can always help"
    if measured.positive is None:
        return "undecided", "Lanczos found no negative eigenvalue and does not count"
    if measured.doubtful:
        return "undecided", f"{measured.doubtful} eigenvalues are near the tolerance"
    if dimension is not None and measured.zero == dimension:
        return ("plateau minimum" if dimension else "minimum"), None
    known = "unknown" if dimension is None else dimension
    reason = (
        f"there are {measured.zero} level directions, but the branch has dimension "
        f"{known}: the second derivative does not decide"
    )
    return "undecided", reason


def _answer(
    verdict: Verdict,
    place: _Place,
    point_signals: Signals,
    body: Anatomy,
    *,
    measured=None,
    predicted=None,
    dimension=None,
    way=None,
    walk=None,
) -> Classification:
    groups = tuple(
        tuple(tuple(map(int, body.targets[q][members])) for members in body.members(q))
        for q in range(len(body.plan))
    )
    shares = tuple(
        tuple(tuple(map(float, plan.shares[members])) for members in body.members(q))
        for q, plan in enumerate(body.plan)
    )
    return Classification(
        verdict=verdict,
        loss=point_signals.loss,
        gradient=point_signals.relative_gradient(),
        point=place.point,
        moved=place.moved,
        difference=place.difference,
        narrow=write(body.narrow, place.point),
        widths=body.narrow.hidden,
        roles=body.roles,
        groups=groups,
        shares=shares,
        spread=body.spread,
        dimension=dimension,
        inertia=measured,
        predicted=predicted,
        escape=way,
        note=place.note,
        given=place.given,
        given_losses=walk,
    )
