"""The irreducible model inside a model, as an answer that prints."""

import dataclasses
import math
from typing import Any, Literal

from suffice._core import Hidden, Result

from ._layer import Layer


@dataclasses.dataclass(frozen=True)
class Reduction(Result):
    """A canonical, irreducible model with the same function, or nearly the same.

    Attributes:
        model: The reduced model, of the same class.
        widths: Hidden widths (inner dimensions, number of nonzero coefficients) left.
        original_widths: The same of the model that came in.
        bound: Upper bound of the change of the output, in Euclidean norm.
        status: `rigorous` when `bound` is proved, up to rounding of its own evaluation;
            `unbounded` when the activation has no known slope.
        radius: The bound holds for inputs up to this norm.
        tolerance: Relative distance at which weight vectors counted as equal; 0 means
            equality of the stored numbers.
        layers: What happened to each neuron, hidden layer by hidden layer.
        complete: Whether neurons of this activation are known to be independent unless
            merged; otherwise the width is an upper bound.
        note: Caveats: doubtful groups, dipoles, activations without known identities.
    """

    model: Hidden[Any]
    widths: tuple[int, ...]
    original_widths: tuple[int, ...]
    bound: float
    status: Literal["rigorous", "unbounded"]
    radius: float
    tolerance: float
    layers: tuple[Layer, ...] = ()
    complete: bool = True
    note: str | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """The role of every hidden neuron, layer after layer."""
        return tuple(role for layer in self.layers for role in layer.roles)

    @property
    def gap_ratio(self) -> float:
        """Distance between groups over spread within them, the smallest of a layer."""
        return min((layer.gap_ratio for layer in self.layers), default=math.inf)

    @property
    def changed(self) -> bool:
        """Whether anything was merged or dropped."""
        return self.widths != self.original_widths

    def headline(self) -> str:
        """What is left, in one sentence."""
        before, after = _product(self.original_widths), _product(self.widths)
        if not self.changed and not self.complete:
            return f"Nothing merges at width {after}; it may still not be minimal."
        if not self.changed:
            return f"The model is irreducible at width {after}."
        if self.status == "unbounded":
            cost = "the change of the output has no bound"
        elif self.tolerance == 0 and self.bound < 1e-12:
            cost = "the function is the same"
        else:
            cost = f"the output changes by at most {self.bound:.2g} on |x| <= "
            cost += f"{self.radius:.3g}"
        return f"Width {before} reduces to width {after}; {cost}."

    def shown(self) -> dict[str, Any]:
        """The evidence: tolerance, gap, roles and caveats."""
        counts = {role: self.roles.count(role) for role in dict.fromkeys(self.roles)}
        return {
            "tolerance": self.tolerance,
            "gap_ratio": self.gap_ratio,
            "roles": ", ".join(f"{n} {role}" for role, n in counts.items()) or None,
            "note": self.note,
        }


def _product(widths):
    return " x ".join(map(str, widths))
