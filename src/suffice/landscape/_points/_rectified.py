"""Verdicts on networks with ReLU-like activations, on kinks and away from them."""

from suffice.landscape._network._arrays import Network

from ._classification import Verdict
from ._kink_ways import convex_near, falling, unsettled
from ._kinks import dead_layer, slopes, smooth_gradient
from ._site import Site

_FALLS = (
    "neuron {0.neuron} of hidden layer {layer} lies on the kink of a sample; the loss "
    "falls at first order when its incoming weights move to one side (derivative "
    "{0.slope:.3g} for a unit step)"
)
_OPEN = (
    "samples lie on kinks of neurons; no move of a single neuron lowers the loss at "
    "first order, which does not decide for several outputs or layers"
)
_IDLE = (
    "neuron {} has no output weight and can help once it has moved to one side of a "
    "kink"
)
_CONVEX = (
    "no one-sided derivative is negative, and the loss is convex on each side of the "
    "kinks"
)
_DEAD = (
    "no sample activates a neuron of hidden layer {}, so the outputs are constant "
    "around this point and do not depend on the inputs"
)


def at_kink(here: Site, least: float) -> tuple[Verdict, float, str]:
    """The verdict at a point on a kink, its relative gradient, and a reason.

    Args:
        here: The point.
        least: Relative derivative that counts as zero.

    Source:
        Derived and verified here.
    """
    network, found = here.network, here.found
    rest, every = smooth_gradient(network, found), list(slopes(network, found))
    worst = max([rest, *(slope.relative for slope in every)])
    if len(network.hidden) == 1 and rest > least:
        return "not critical", worst, "samples lie on kinks of neurons"
    ways = falling(network, found, here.x, here.y, least)
    first = min(ways, key=lambda way: way.slope, default=None)
    if first is not None:
        reason = _FALLS.format(first, layer=first.layer + 1)
        return "first-order decrease", worst, reason
    if not convex_near(network):
        return "undecided", worst, _OPEN
    if not all(slope.complete for slope in every):
        return "undecided", worst, "too many samples lie on the kink of one neuron"
    idle = unsettled(network, found)
    if idle:
        return "saddle at a kink", worst, _IDLE.format(idle[0])
    return "local minimum at a kink", worst, _CONVEX


def away_from_kinks(here: Site) -> tuple[Verdict, str | None] | None:
    """The verdict at a critical point without kinks, where theory gives it."""
    network, found = here.network, here.found
    dead = dead_layer(network, found)
    if dead is not None and _constant_is_best(network, dead):
        return "dead layer", _DEAD.format(dead)
    if not convex_near(network) or unsettled(network, found):
        return None
    return "plateau minimum", "the loss is convex around a critical point off all kinks"


def _constant_is_best(network: Network, dead: int) -> bool:
    """Whether a critical constant is a minimum: it is free, or cannot change."""
    after = network.biases[dead:]
    return after[-1] is not None or all(bias is None for bias in after)
