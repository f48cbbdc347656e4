"""Which neurons of an activation can share a function."""

import dataclasses
from typing import Literal

from suffice.models import Activation, activation as as_activation, TwoLayer
from suffice.models._shared import Leftover

from ._codimension import neuron_weights

Silence = Literal["never", "dead", "constant"]
GENERIC = "generic"


@dataclasses.dataclass(frozen=True)
class ActivationFamily:
    """How the neurons of an activation combine.

    Attributes:
        name: Name of the activation, or `generic`.
        weights: Weights `D` of a neuron that enter the activation, its bias among them.
        bias: Whether one of them is a bias.
        signed: Whether neurons of opposite weights share a function, up to what
            `coupling` says.
        coupling: What two mirror neurons leave behind: `nothing`, a `constant`
            (logistic type) or a `linear` function (softplus type); that must cancel
            over the whole network.
        silence: What neurons without input weights do: nothing special (`never`),
            nothing at all whatever their output weight (`dead`), or they add constants
            that must cancel (`constant`).
        roots: Biases at which such a neuron is zero.
        sloped: Whether a neuron of zero weights has tangent functions.
        homogeneous: Whether the length of the weights only scales the neuron.
    """

    name: str
    weights: int
    bias: bool = False
    signed: bool = False
    coupling: Leftover = "nothing"
    silence: Silence = "never"
    roots: int = 0
    sloped: bool = True
    homogeneous: bool = False

    @property
    def affine(self) -> bool:
        """Whether every branch of the global minima is an affine subspace."""
        return not self.bias and self.coupling != "linear"


def family(
    which: str | Activation, inputs: int, *, bias: bool = False
) -> ActivationFamily:
    """The family of an activation; `generic` has no identity and no root.

    Args:
        which: `generic`, a name, or an `Activation`.
        inputs: Inputs of a neuron, without its bias.
        bias: Whether neurons have an input bias.

    Raises:
        ValueError: An activation whose neurons are dependent in other ways, or of
            which that is not known.

    Source:
        Generic activations: arXiv:2309.00508, Assumption 2.1; the others are derived
        and verified here.
    """
    if inputs < 1:
        raise ValueError(f"inputs is {inputs}; expected a positive number.")
    weights = inputs + bias
    if which == GENERIC:
        return ActivationFamily(
            GENERIC, weights, bias, silence="constant" if bias else "never"
        )
    known = as_activation(which)
    _check(known, inputs, bias)
    silence: Silence = "dead" if known.rests_at_zero else "never"
    if bias or known.leftover == "constant":
        silence = "constant"
    return ActivationFamily(
        name=known.name,
        weights=weights,
        bias=bias,
        signed=known.parity is not None,
        coupling=known.leftover,
        silence=silence,
        roots=_roots(known) if bias else 0,
        sloped=not known.even,
        homogeneous=known.homogeneous,
    )


def _roots(known: Activation) -> int:
    return int(known.rests_at_zero) if known.zeros is None else len(known.zeros)


def _check(known: Activation, inputs: int, bias: bool) -> None:
    """Refuse activations whose neurons depend on each other in other ways."""
    if not known.independent or (bias and known.phase != "bias"):
        raise ValueError(
            f"activation {known.name!r}{' with biases' if bias else ''} "
            f"({known.identities}): how its neurons depend on each other is not known "
            "here. Use one whose neurons with distinct weights are independent (see "
            "suffice.models.Activation), or 'generic'."
        )
    if known.homogeneous and (bias or inputs == 1):
        raise ValueError(
            f"the branches of {known.name} are listed without biases and from 2 inputs "
            f"on; got {inputs} inputs, {'with' if bias else 'without'} bias. No closed "
            "form is known for the others; softplus has one, with biases too."
        )


def family_of(model: TwoLayer) -> ActivationFamily:
    """The family of the neurons of a two-layer network with a scalar output.

    Raises:
        ValueError: Several outputs, an output bias, or an activation without a family.
    """
    if model.a.ndim != 1 or model.c is not None:
        what = f"{model.outputs} outputs" if model.a.ndim != 1 else "an output bias"
        raise ValueError(
            f"the model has {what}; branches are known for a scalar output without "
            "output bias."
        )
    bias = model.b is not None
    return family(model.activation, neuron_weights(model) - bias, bias=bias)
