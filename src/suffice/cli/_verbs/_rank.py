"""`suffice rank`: the dimension of the tangent space of a model."""

import dataclasses
from typing import Any

from suffice.cli._common import as_inputs, domain_by, drawn, emit, key, read_samples
from suffice.cli._fields import File, Seed
from suffice.cli._parse import parse_model

ABOUT = """\
Prints the dimension of the tangent space of a model at its parameters, with the
evidence: exact from the structure where possible, else singular values and their gap.
For a ReLU network it is the functional dimension, from all its linear regions.

Example: suffice rank two-layer --inputs 4 --width 3 --activation relu
prints 12: each neuron has 5 parameters, one of which only rescales it;
suffice rank deep --widths 2 4 4 1 --activation relu prints 29, from 36 regions."""


@dataclasses.dataclass(frozen=True)
class RankOptions:
    """Options of the verb."""

    points: File = None
    """Restrict the inputs to a finite set, given as a table or an array file."""
    sphere: bool = False
    """Restrict the inputs to the unit sphere."""
    seed: Seed = 0
    """Random seed of parameters and inputs."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(RankOptions, "rank", args, ABOUT)
    if options.points and options.sphere:
        raise ValueError("give --points or --sphere, not both.")
    rows = read_samples(options.points) if options.points else None
    model = drawn(flags, options.seed)
    from suffice.models import Points, Sphere
    from suffice.tangent import tangent_rank

    if options.points:
        domain = Points(as_inputs(options.points, rows, model))
    else:
        domain = domain_by(flags, model)
    if options.sphere:
        domain = Sphere(_length(domain))
    rank = tangent_rank(model, domain=domain, key=key(options.seed + 1))
    return emit(rank, json=options.json)


def _length(domain: Any) -> int:
    """The number of inputs of a model that takes any vector."""
    from suffice.models._shared import input_shape

    shape = input_shape(domain)
    if hasattr(domain, "x") or len(shape) != 1:
        raise ValueError(
            "--sphere is for models of vectors of real numbers; leave it out."
        )
    return shape[0]
