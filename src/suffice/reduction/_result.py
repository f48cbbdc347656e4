"""The result of a reduction."""

import dataclasses
import math
from typing import Any, Literal

from suffice._core import Hidden, Result
from suffice._core.literature import bases

from ._layer import Layer


@dataclasses.dataclass(frozen=True)
class Reduction(Result):
    """A canonical, irreducible model with the same function, or nearly the same.

    Attributes:
        model: The reduced model, of the same class.
        widths: Hidden widths of the reduced model (for other models, inner dimensions
            or numbers of nonzero coefficients).
        original_widths: The same numbers for the original model.
        bound: Upper bound of the change of the output, in Euclidean norm.
        status: `rigorous` if `bound` is proved, up to rounding in its evaluation;
            `unbounded` if no bound of the activation's slope is known.
        radius: The bound holds for inputs up to this norm.
        tolerance: Relative distance of weight vectors that count as equal; 0 means
            equality of the stored numbers.
        layers: The roles of the neurons of each hidden layer.
        complete: Whether neurons of this activation that are not merged are known to be
            independent; otherwise the width is an upper bound.
        note: Restrictions: doubtful groups, dipoles, unknown identities; or None.
    """

    grounds = bases.REDUCTION

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
        """Distance between groups over spread within them; the least of all layers."""
        return min((layer.gap_ratio for layer in self.layers), default=math.inf)

    @property
    def changed(self) -> bool:
        """Whether any neuron was merged or removed."""
        return self.widths != self.original_widths

    def headline(self) -> str:
        """The reduction in one sentence."""
        before, after = _product(self.original_widths), _product(self.widths)
        if not self.changed and not self.complete:
            return f"No neurons merge at width {after}, which may not be minimal."
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
        """Tolerance, gap, roles and restrictions."""
        counts = {role: self.roles.count(role) for role in dict.fromkeys(self.roles)}
        return {
            "tolerance": self.tolerance,
            "gap_ratio": self.gap_ratio,
            "roles": ", ".join(f"{n} {role}" for role, n in counts.items()) or None,
            "note": self.note,
        }


def _product(widths):
    return " x ".join(map(str, widths))
