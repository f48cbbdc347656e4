"""The result of the classification of a point of the landscape."""

import dataclasses
from collections import Counter
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Hidden, Result
from suffice._core.literature import bases
from suffice.landscape._network._signature import Inertia, Signature

from ._escape import SaddleEscape

Verdict = Literal[
    "not critical",
    "first-order decrease",
    "zero loss",
    "global minimum",
    "strict saddle",
    "non-strict saddle",
    "plateau minimum",
    "minimum",
    "saddle at a kink",
    "local minimum at a kink",
    "dead layer",
    "channel to infinity",
    "undecided",
]
MEANINGS: dict[Verdict, str] = {
    "not critical": "The gradient does not vanish here. Training has not come to rest, "
    "and nothing is said about curvature.",
    "first-order decrease": "The point lies on a kink, where the loss has a different "
    "derivative on each side, and on one side it falls: this is no critical point.",
    "zero loss": "The network fits every target value: this is a global minimum.",
    "global minimum": "The loss is not zero, but it is the least that these inputs "
    "allow: no network with these layers, of any width, fits the samples better.",
    "strict saddle": "The gradient vanishes and the loss curves downwards along some "
    "direction: training can leave, and does so exponentially fast once it has begun.",
    "non-strict saddle": "The gradient vanishes and no direction curves downwards, yet "
    "there are points with a lower loss arbitrarily near.",
    "plateau minimum": "No direction leads down: the point lies on a whole family of "
    "local minima with the same outputs, and small steps of training stay on it.",
    "minimum": "No direction leads down: an isolated local minimum.",
    "saddle at a kink": "The point lies on a kink. No one-sided derivative is "
    "negative, yet there are points with a lower loss arbitrarily near.",
    "local minimum at a kink": "The point lies on a kink, and the loss is at least as "
    "high everywhere near it: small steps of training do not lead down.",
    "dead layer": "The outputs do not depend on the inputs, since no sample activates "
    "any neuron of a hidden layer. No small step of training changes that.",
    "channel to infinity": "The gradient is small because training moves ever more "
    "slowly along a channel that has no end; there is no critical point here.",
    "undecided": "The gradient vanishes, but the second derivative does not decide.",
}
_PLAIN = ("not critical", "first-order decrease", "undecided", "channel to infinity")


@dataclasses.dataclass(frozen=True)
class Classification(Result):
    """A point of the landscape and the evidence for what it is.

    Attributes:
        verdict: The kind of point. `plateau minimum` is a local minimum with positive
            loss on a branch of positive dimension, `minimum` an isolated one.
        loss: `L = 1/2 sum r^2` at the point that was classified.
        unavoidable: The part of the loss that no parameters of any width avoid, since
            equal inputs have equal outputs (and mirrored inputs, or inputs on a common
            ray, have related ones if the activation has such an identity).
        gradient: The largest relative gradient entry at this point; on a kink, of the
            one-sided derivatives.
        point: The point that was classified: the given one, or a critical point nearby.
        moved: Distance between the two points.
        difference: Relative root mean square change of the outputs by this move.
        narrow: The narrow network of which the point is an embedding.
        widths: Hidden widths of the narrow network.
        roles: For each hidden layer, the role of each neuron.
        groups: For each hidden layer, the copies of each narrow neuron.
        shares: For each copy, its fraction of the narrow neuron's output weight; their
            signs decide between minimum and saddle.
        spread: Distance of these neurons from exact copies.
        dimension: Dimension of the branch on which the point lies; None where no closed
            form is known.
        inertia: Measured counts of the Hessian; None at a point that is not critical.
        predicted: Counts that theory predicts from the narrow network, or None.
        escape: The steepest way out of a saddle, or down from a kink, with its measured
            decrease; or None.
        note: Restrictions, or None.
        given: The given point.
        given_losses: Losses of the given point after the same steps along the escape.
    """

    grounds = bases.SADDLES

    verdict: Verdict
    loss: float
    unavoidable: float
    gradient: float
    point: Hidden[Any]
    moved: float
    difference: float
    narrow: Hidden[Any]
    widths: tuple[int, ...]
    roles: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[tuple[int, ...], ...], ...]
    shares: tuple[tuple[tuple[float, ...], ...], ...]
    spread: float
    dimension: int | None
    inertia: Inertia | None
    predicted: Signature | None
    escape: SaddleEscape | None
    note: str | None = None
    given: Hidden[Any] = None
    given_losses: Hidden[Float[np.ndarray, " s"] | None] = None

    @property
    def meaning(self) -> str:
        """The meaning of the verdict for training, in one or two sentences."""
        return MEANINGS[self.verdict]

    def headline(self) -> str:
        """The verdict in one sentence."""
        narrow = " x ".join(map(str, self.widths))
        place = "" if self.moved == 0 else f" at distance {self.moved:.2g}"
        name = self.verdict.capitalize()
        if self.verdict == "first-order decrease":
            name = "Not critical, but a first-order decrease"
        text = f"{name}{place}, loss {self.loss:.5g}"
        if self.verdict in _PLAIN:
            return f"{text}, relative gradient {self.gradient:.2g}."
        wide = " x ".join(str(len(layer)) for layer in self.roles)
        return f"{text}: width {narrow} embedded at width {wide}."

    def shown(self) -> dict[str, Any]:
        """Roles, counts and the way out."""
        rows: dict[str, Any] = {"relative_gradient": self.gradient}
        if self.unavoidable > 1e-12 * self.loss:
            rows["unavoidable_loss"] = self.unavoidable
        counts = Counter(role for layer in self.roles for role in layer)
        rows["roles"] = ", ".join(f"{n} {role}" for role, n in counts.items())
        if self.moved:
            rows["outputs_changed_by"] = self.difference
        if self.dimension is not None:
            rows["dimension_of_the_branch"] = self.dimension
        if self.inertia is not None:
            rows["inertia"] = self.inertia.headline()
        if self.predicted is not None:
            p, n, z = self.predicted
            rows["predicted"] = f"{p} positive, {n} negative, {z} zero"
        if self.escape is not None:
            rows["escape"] = self.escape.headline()
        return rows | {"note": self.note}
