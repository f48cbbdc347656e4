"""`suffice reduce`: the irreducible network inside a network."""

import dataclasses

from suffice.cli._common import drawn, emit
from suffice.cli._fields import Output, Seed
from suffice.cli._parse import parse_model

ABOUT = """\
Merges or removes the redundant neurons of a network: equal, opposite and dead ones. The
smaller network has the same function up to a stated bound.

Example: suffice reduce trained.npz --out small.npz"""


@dataclasses.dataclass(frozen=True)
class ReduceOptions:
    """Options of the verb."""

    out: Output = None
    """Save the reduced model here."""
    force: bool = False
    """Replace an existing file."""
    seed: Seed = 0
    """Random seed of the parameters."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(ReduceOptions, "reduce", args, ABOUT)
    model = drawn(flags, options.seed)
    from suffice.models import save_model
    from suffice.reduction import reduce

    reduction = reduce(model)
    if options.out is not None:
        save_model(reduction.model, options.out, overwrite=options.force)
    return emit(reduction, json=options.json)
