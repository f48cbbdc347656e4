"""The verdict on a critical point, from measured and predicted counts."""

from typing import NamedTuple

import numpy as np

from suffice.landscape._embedding._null import null_prediction
from suffice.landscape._embedding._predict import complete, Prediction, RESOLUTION
from suffice.landscape._embedding._splitting import family_dimension, gains
from suffice.landscape._embedding._zero_set import ResidualFunction
from suffice.landscape._network._arrays import write
from suffice.landscape._network._inertia import DENSE, dense_inertia
from suffice.landscape._network._objective import two_layer_loss
from suffice.landscape._network._signals import signals
from suffice.landscape._network._signature import Inertia, Signature

from ._anatomy import Anatomy
from ._classification import Verdict
from ._escape import SaddleEscape
from ._kinks import kinks
from ._rectified import away_from_kinks
from ._site import Site
from ._ways import silent_way

_NEARBY = 1e-3  # distance of a small move of a neuron
_EXACT = 1e-12  # relative distance from exact copies below which counts are predicted


class Theory(NamedTuple):
    """What the narrow network predicts.

    Attributes:
        counts: The predicted signature, with its doubtful part; None if unknown.
        dimension: Dimension of the branch, or None.
    """

    counts: Prediction | None = None
    dimension: int | None = None


def theory(here: Site, body: Anatomy) -> Theory:
    """Predicted counts and the dimension of the branch."""
    narrow = body.narrow
    if not body.plain or narrow.parameters > DENSE or 0 in narrow.hidden:
        return Theory()
    roles = {role for layer in body.roles for role in layer}
    if not roles <= {"target", "null"} or ("null" in roles and len(body.plan) > 1):
        return Theory()
    if narrow.activation.homogeneous and len(body.plan) > 1:
        return Theory()  # copies may have any scale: there is no closed form
    small, plan = write(narrow, here.point), list(body.plan)
    inner = signals(narrow, here.x, here.y)
    base = dense_inertia(small, here.x, here.y, RESOLUTION)
    added = gains(narrow, inner, plan, base)
    dimension: int | None = family_dimension(narrow, inner, plan)
    if narrow.activation.homogeneous:  # the scale of each neuron is free
        dimension += sum(narrow.hidden)
    parameters, idle = here.network.parameters, body.idle(0)
    if not len(idle) or len(body.plan) > 1:
        return Theory(complete(base, added, parameters), dimension)
    two = two_layer_loss(small, here.x, here.y)
    null, free = null_prediction(two, inner, here.network.rows(0)[idle])
    positive = null.signature.positive + sum(gain.positive for gain in added)
    negative = null.signature.negative + sum(gain.negative for gain in added)
    signature = Signature(positive, negative, parameters - positive - negative)
    doubtful = null.doubtful + sum(gain.doubtful for gain in added)
    return Theory(
        Prediction(signature, doubtful), None if free is None else dimension + free
    )


def verdict(
    here: Site,
    body: Anatomy,
    measured: Inertia,
    expected: Theory,
    way: SaddleEscape | None,
) -> tuple[Verdict, str | None]:
    """The verdict at a critical point with a loss above the least, with a reason."""
    known = away_from_kinks(here) if here.network.activation.kinks else None
    if known is not None:
        return known
    certain = _certain(here, body, measured, expected)
    down = [counts.negative > 0 for counts in certain] or [measured.surely_negative > 0]
    if all(down):
        return "strict saddle", None
    if len(set(certain)) > 1:
        return "undecided", "measured and predicted counts differ"
    helps = way is not None and way.kind == "silent" and _helps_near(here)
    if not certain:
        saddle = "it is a saddle, since a neuron without output weight can help, but "
        return "undecided", (saddle if helps else "") + _doubt(measured)
    if helps:
        return "non-strict saddle", "a neuron without output weight can help"
    zero, dimension = certain[0].zero, expected.dimension
    if _bent(here):
        return (
            "undecided",
            "the second derivative jumps at the preactivation of a sample",
        )
    if dimension is not None and zero == dimension:
        return ("plateau minimum" if dimension else "minimum"), None
    return "undecided", (
        f"there are {zero} level directions, but the branch has dimension "
        f"{'unknown' if dimension is None else dimension}: the second derivative does "
        "not decide"
    )


def _bent(here: Site) -> bool:
    """Whether a sample lies where two pieces of the activation meet."""
    if here.network.activation.pieces is None:
        return False
    return any(bool(at.any()) for at in kinks(here.network, here.found))


def _helps_near(here: Site) -> bool:
    """Whether a neuron without output weight can help after a small move already.

    For an analytic activation it can if it can help at all.
    """
    known = here.network.activation
    if known.dependences_known and known.pieces is None:
        return True
    function = ResidualFunction(here.network, here.found)
    idle = np.flatnonzero(~here.network.weights[1].any(axis=0))
    return any(
        way for k in idle for way in silent_way(here.network, function, int(k), _NEARBY)
    )


def _certain(
    here: Site, body: Anatomy, measured: Inertia, expected: Theory
) -> list[Signature]:
    """The counts without doubtful eigenvalues, measured and predicted."""
    found = [measured.signature] if measured.exact else []
    size = max(float(np.abs(w).max(initial=0.0)) for w in here.network.weights)
    copied = bool(found) or body.spread <= _EXACT * size
    if expected.counts is not None and not expected.counts.doubtful and copied:
        found.append(expected.counts.signature)
    return found


def _doubt(measured: Inertia) -> str:
    if measured.positive is None:
        return "Lanczos found no negative eigenvalue and does not count"
    return f"{measured.doubtful} eigenvalues are near the tolerance"
