"""`suffice branches`: all parameters of a wider network that share one function."""

import dataclasses
from typing import Literal

from suffice.cli._common import emit, key, say, start
from suffice.cli._defaults import defaults
from suffice.cli._parse import File, parse, parse_model

ABOUT = """\
The branches of the parameters of a wider network that share one function: how many,
of which dimension and rank, and from how many samples on they are separated from other
global minima. From a model, or from numbers alone:
--intrinsic-width K --width M --activation NAME|generic [--inputs D] [--bias].

Example: suffice branches --intrinsic-width 1 --width 4 --activation generic
prints 37; suffice branches two-layer --inputs 2 --width 1 --in-width 3
does it for a tanh neuron in a network of three."""


BRANCHES = defaults("landscape", "branches")


@dataclasses.dataclass(frozen=True)
class Shared:
    """What is asked, however the function is given."""

    loss: Literal["zero", "nonzero"] = BRANCHES["loss"]
    """zero: the function is the target; nonzero: that of a critical point."""
    components: int = BRANCHES["components"]
    """With nonzero loss: how many components the zero set of the residual has."""
    figure: File = None
    """Draw the branches, e.g. branches.svg, .pdf or .png."""
    force: bool = False
    """Replace an existing figure."""
    json: bool = False
    """Print one JSON object."""


@dataclasses.dataclass(frozen=True)
class FromModel(Shared):
    """Branches of the function of a model."""

    in_width: int | None = None
    """Width of the network; by default that of the model."""
    seed: int = 0
    """Random seed of the parameters."""


@dataclasses.dataclass(frozen=True)
class FromNumbers(Shared):
    """Branches of a generic function of the given number of neurons."""

    intrinsic_width: int = dataclasses.field(kw_only=True)
    """Neurons of the function."""
    width: int = dataclasses.field(kw_only=True)
    """Neurons of the network."""
    activation: str = "generic"
    """generic (no identity between neurons), or tanh, sigmoid, softplus, gelu ..."""
    inputs: int = BRANCHES["inputs"]
    """Dimension of an input."""
    bias: bool = False
    """Neurons have an input bias."""


def run(args: list[str]) -> int:
    """Run the verb."""
    if args and args[0].startswith("--") and args[0] != "--help":
        return _from_numbers(parse(FromNumbers, "branches", args, ABOUT))
    flags, options = parse_model(FromModel, "branches", args, ABOUT)
    start()
    from suffice.landscape import branches
    from suffice.models import TwoLayer

    model = flags.normal(key(options.seed))
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
        from suffice.report._shared import refuse_existing

        refuse_existing(options.figure, overwrite=options.force)
        save_figure(branches_figure(result), options.figure)
        say(f"the figure is {options.figure}")
    return emit(result, json=options.json)
