"""`suffice sample-size`: the fewest samples that can recover a target."""

import dataclasses

from suffice.cli._common import emit, key, start
from suffice.cli._parse import parse_model

ABOUT = """\
Prints the optimistic sample size of a target: this many well chosen samples determine
the target locally, and fewer samples never do. It does not grow with the width of the
network that is trained.

Example: suffice sample-size two-layer --inputs 5 --width 3 --activation tanh
prints 18 = 3 (5 + 1), exact; suffice sample-size matrix --shape 8 6 --rank 2
prints 24 = 2 (8 + 6 - 2)."""


@dataclasses.dataclass(frozen=True)
class SampleSizeOptions:
    """Options of the verb."""

    in_width: int | None = None
    """Width of the trained network; by default that of the target."""
    seed: int = 0
    """Random seed of the parameters of the target."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(SampleSizeOptions, "sample-size", args, ABOUT)
    start()
    from suffice.samples import optimistic_sample_size

    target = flags.normal(key(options.seed))
    size = optimistic_sample_size(
        target, width=options.in_width, key=key(options.seed + 1)
    )
    return emit(size, json=options.json)
