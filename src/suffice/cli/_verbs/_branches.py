"""`suffice branches`: all parameters of a wide network with the same function."""

import dataclasses
from typing import Literal

from suffice.cli._common import drawn, emit, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import (
    Count,
    Figure,
    MaybeCount,
    Seed,
)
from suffice.cli._parse import parse, parse_model

ABOUT = """\
Lists the branches of all parameters of a wide network that represent one function: how
many there are, their dimensions and ranks, and the number of samples from which on they
are separated from other global minima. The function is given by a model, or by numbers:
--intrinsic-width K --width M --activation NAME|generic [--inputs D] [--bias].

Example: suffice branches --intrinsic-width 1 --width 4 --activation generic
prints 37; suffice branches two-layer --inputs 2 --width 1 --in-width 3
answers for one tanh neuron in a network of three."""


BRANCHES = defaults("landscape", "branches")


@dataclasses.dataclass(frozen=True)
class Shared:
    """Options for a function from a model or from numbers."""

    loss: Literal["zero", "nonzero"] = BRANCHES["loss"]
    """zero: the function is the target; nonzero: it is that of a critical point."""
    components: Count = BRANCHES["components"]
    """With nonzero loss: number of components of the zero set of the residual."""
    figure: Figure = None
    """Write a figure of the branches: a .svg, .pdf or .png file."""
    force: bool = False
    """Replace an existing figure."""
    json: bool = False
    """Print one JSON object."""


@dataclasses.dataclass(frozen=True)
class FromModel(Shared):
    """Branches of the function of a model."""

    in_width: MaybeCount = None
    """Width of the network; by default that of the model."""
    seed: Seed = 0
    """Random seed of the parameters."""


@dataclasses.dataclass(frozen=True)
class FromNumbers(Shared):
    """Branches of a generic function of the given number of neurons."""

    intrinsic_width: Count = dataclasses.field(kw_only=True)
    """Number of neurons of the function."""
    width: Count = dataclasses.field(kw_only=True)
    """Number of neurons of the network."""
    activation: str = "generic"
    """generic (no identity between neurons), or tanh, sigmoid, softplus, gelu, ..."""
    inputs: Count = BRANCHES["inputs"]
    """Number of inputs."""
    bias: bool = False
    """Give each neuron an input bias."""


def run(args: list[str]) -> int:
    """Run the verb."""
    if args and args[0].startswith("--") and args[0] != "--help":
        return _from_numbers(parse(FromNumbers, "branches", args, ABOUT))
    flags, options = parse_model(FromModel, "branches", args, ABOUT)
    model = drawn(flags, options.seed)
    from suffice.landscape import branches
    from suffice.models import TwoLayer

    if not isinstance(model, TwoLayer):
        raise ValueError(
            f"branches are known for two-layer networks; got {type(model).__name__}."
        )
    width = model.width if options.in_width is None else options.in_width
    result = branches(model, width, loss=options.loss, components=options.components)
    return _show(result, options)


def _from_numbers(options: FromNumbers) -> int:
    start()
    from suffice.landscape import branches

    result = branches(
        options.intrinsic_width,
        options.width,
        loss=options.loss,
        activation=options.activation,
        inputs=options.inputs,
        bias=options.bias,
        components=options.components,
    )
    return _show(result, options)


def _show(result, options: Shared) -> int:
    if options.figure is not None:
        from suffice.report import branches_figure, save_figure

        save_figure(branches_figure(result), options.figure)
        say(f"the figure is {options.figure}")
    return emit(result, json=options.json)
