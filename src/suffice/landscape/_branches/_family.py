"""The properties of an activation that determine the branches."""

import dataclasses
from typing import Literal

from suffice.models import Activation, activation as as_activation, TwoLayer
from suffice.models._shared import Leftover

from ._codimension import neuron_weights

Silence = Literal["never", "dead", "constant"]
GENERIC = "generic"


@dataclasses.dataclass(frozen=True)
class ActivationFamily:
    """The identities among neurons with one activation.

    Attributes:
        name: Name of the activation, or `generic`.
        weights: Number of weights `D` of a neuron that enter the activation, including
            its bias.
        bias: Whether neurons have an input bias.
        signed: Whether neurons with opposite weights have the same function up to sign
            and up to the remainder `coupling`.
        coupling: The remainder of two mirror neurons: `nothing`, a `constant` (logistic
            type) or a `linear` function (softplus type). Remainders must cancel over
            the whole network.
        silence: The effect of neurons with zero input weights: `never` if they are no
            special case, `dead` if their output is zero, `constant` if they add
            constants that must cancel.
        roots: Number of biases at which the output of such a neuron is zero.
        sloped: Whether a neuron with zero weights has tangent functions.
        homogeneous: Whether the norm of the weights only scales the neuron.
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
        inputs: Number of inputs of a neuron, without its bias.
        bias: Whether neurons have an input bias.

    Raises:
        ValueError: The neurons of the activation have other linear dependences, or
            these are not known.

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
    """Check that all linear dependences among the neurons are known."""
    if not known.independent or (bias and known.phase != "bias"):
        raise ValueError(
            f"activation {known.name!r}{' with biases' if bias else ''} "
            f"({known.identities}): how its neurons depend on each other is not known "
            "here. Use one whose neurons with distinct weights are independent (see "
            "suffice.models.Activation), or 'generic'."
        )
    if known.homogeneous and (bias or inputs == 1):
        raise ValueError(
            f"the branches of {known.name} are known without biases and for at least 2 "
            f"inputs; got {inputs} inputs, {'with' if bias else 'without'} bias. Use "
            "softplus, for which all cases are known."
        )


def family_of(model: TwoLayer) -> ActivationFamily:
    """The family of the neurons of a two-layer network with a scalar output.

    Raises:
        ValueError: The model has several outputs, an output bias, or an activation
            without a family.
    """
    if model.a.ndim != 1 or model.c is not None:
        what = f"{model.outputs} outputs" if model.a.ndim != 1 else "an output bias"
        raise ValueError(
            f"the model has {what}; branches are known for a scalar output without "
            "output bias."
        )
    bias = model.b is not None
    return family(model.activation, neuron_weights(model) - bias, bias=bias)
