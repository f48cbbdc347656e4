"""Classification of a point at which training has stopped."""

import dataclasses
from typing import Any

from jaxtyping import Array, ArrayLike, Key

from suffice._core import Model
from suffice.landscape._network._arrays import checked, write
from suffice.landscape._network._attainable import (
    attainable,
    excess,
    is_least,
    negligible,
    ties,
)
from suffice.landscape._network._inertia import inertia
from suffice.landscape._network._signals import CRITICAL
from suffice.models._shared import recognised

from ._anatomy import Anatomy, anatomy
from ._channel import channel_pairs
from ._classification import Classification, Verdict
from ._escape import escape
from ._kinks import on_kink
from ._rectified import at_kink
from ._site import near, Site, site
from ._verdict import theory, verdict


def classify(
    point: Model,
    x: ArrayLike,
    y: ArrayLike,
    *,
    polish: bool = False,
    tolerance: float = 1e-6,
    gradient_tolerance: float = CRITICAL,
    fit_tolerance: float = 0.02,
    key: Key[Array, ""] | None = None,
) -> Classification:
    r"""The kind of a point of the loss landscape, and the way out of a saddle.

    A verdict about curvature assumes that the gradient vanishes. A point with a larger
    gradient is `not critical`, unless `polish` finds a critical point nearby. This is
    the point to which Levenberg-Marquardt on the gradient moves it, or, for a wide
    two-layer network, the embedded critical point of a narrow network with nearly the
    same outputs. On a kink of a ReLU-like activation one-sided derivatives take the
    place of the gradient. Prefer `inertia` for other models, and `morse_bott` at zero
    loss.

    Args:
        point: A `TwoLayer`, a `DeepNetwork`, or an equinox or torch module of linear
            layers with one known activation between them.
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

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> point = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> print(sf.classify(point, x, np.tanh(x[:, 0])).headline())
        Zero loss, loss ...: width 1 embedded at width 1.
    """
    point = recognised(point)
    here = site(point, *checked(point, x, y, "A classification"))
    if is_least(here.network, here.found):
        return _least(here, tolerance)
    moving = here.found.relative_gradient() > 1e-12
    if polish and moving and not on_kink(here.network, here.found):
        here = near(here, fit_tolerance, key)
    if on_kink(here.network, here.found):
        return _at_kink(here, tolerance, gradient_tolerance)
    if here.found.relative_gradient() > gradient_tolerance:
        return _no_rest(here, tolerance)
    if is_least(here.network, here.found):
        return _least(here, tolerance)
    return _at_rest(here, tolerance)


def _at_kink(here: Site, tolerance: float, least: float) -> Classification:
    found, gradient, reason = at_kink(here, least)
    body = anatomy(here.point, tolerance)
    way = None
    if found in ("first-order decrease", "saddle at a kink"):
        way = escape(here.point, here.x, here.y, tolerance=tolerance)
    answer = _answer(found, here, body, reason, way=way)
    return dataclasses.replace(answer, gradient=gradient)


def _no_rest(here: Site, tolerance: float) -> Classification:
    body = anatomy(here.point, tolerance)
    single = len(here.network.hidden) == 1
    pairs = channel_pairs(here.network, here.found) if single else []
    if not pairs:
        return _answer("not critical", here, body, here.note)
    listed = ", ".join(f"{i} and {j}" for i, j in pairs[:4])
    note = (
        f"neurons {listed} approach each other while their output weights grow with "
        "opposite signs; the loss falls along the channel and has no minimum on it"
    )
    return _answer("channel to infinity", here, body, note)


def _least(here: Site, tolerance: float) -> Classification:
    body = anatomy(here.point, tolerance)
    space = attainable(here.network, here.found.h[0])
    known, narrow = space.dimension * here.y.shape[1], body.narrow.parameters
    note = "all parameters with these outputs are critical (see morse_bott, thresholds)"
    if known < narrow:
        note = (
            f"{known} target values, fewer than the {narrow} parameters of the narrow "
            "network: any target that shares them could be behind them, and the roles "
            "of the neurons are those of this network alone; give more samples"
        )
    measured = inertia(here.point, here.x, here.y)
    if negligible(here.network, here.found, here.found.residual):
        return _answer("zero loss", here, body, note, measured=measured)
    tied = (
        f"{ties(here.network)} force a residual on every network with these layers, of "
        f"any width, and here nothing else is left; {note}"
    )
    return _answer("global minimum", here, body, tied, measured=measured)


def _at_rest(here: Site, tolerance: float) -> Classification:
    body = anatomy(here.point, tolerance)
    measured = inertia(here.point, here.x, here.y)
    expected = theory(here, body)
    way = escape(here.point, here.x, here.y, tolerance=tolerance)
    found, reason = verdict(here, body, measured, expected, way)
    if "saddle" not in found:
        way = None
    return _answer(
        found,
        here,
        body,
        "; ".join(text for text in (here.note, reason) if text) or None,
        measured=measured,
        predicted=None if expected.counts is None else expected.counts.signature,
        dimension=expected.dimension,
        way=way,
    )


def _answer(
    found: Verdict,
    here: Site,
    body: Anatomy,
    note: str | None,
    *,
    measured=None,
    predicted=None,
    dimension=None,
    way=None,
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
        verdict=found,
        loss=here.found.loss,
        unavoidable=here.found.loss - 0.5 * _squares(excess(here.network, here.found)),
        gradient=here.found.relative_gradient(),
        point=here.point,
        moved=here.moved,
        difference=here.difference,
        narrow=write(body.narrow, here.point),
        widths=body.narrow.hidden,
        roles=body.roles,
        groups=groups,
        shares=shares,
        spread=body.spread,
        dimension=dimension,
        inertia=measured,
        predicted=predicted,
        escape=way,
        note=note,
        given=here.given,
        given_losses=way and way.losses_from(here.given, here.x, here.y),
    )


def _squares(values: Any) -> float:
    return float((values**2).sum())
