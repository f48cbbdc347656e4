"""`suffice sample-size`: the fewest samples that can recover a target."""

import dataclasses
from typing import Any

from suffice.cli._common import domain_by, drawn, emit, key, start
from suffice.cli._fields import MaybeCount, Seed
from suffice.cli._models import FileModel
from suffice.cli._parse import parse_model

ABOUT = """\
Prints the optimistic sample size of a target: this many well chosen samples determine
the target locally, and fewer samples never do. It does not grow with the width of the
network that is trained.

Example: suffice sample-size two-layer --inputs 5 --width 3 --activation tanh
prints 18 = 3 (5 + 1), exact; suffice sample-size matrix --shape 8 6 --rank 2
prints 24 = 2 (8 + 6 - 2); suffice sample-size deep --widths 2 4 4 1 --activation relu
prints 29, the functional dimension of this ReLU network."""


@dataclasses.dataclass(frozen=True)
class SampleSizeOptions:
    """Options of the verb."""

    in_width: MaybeCount = None
    """Width of the trained network; by default that of the target."""
    seed: Seed = 0
    """Random seed of the parameters of the target."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(SampleSizeOptions, "sample-size", args, ABOUT)
    start()
    size = _closed_form(flags, options.in_width)
    if size is None:
        from suffice.samples import optimistic_sample_size

        target = drawn(flags, options.seed)
        own = domain_by(flags, target)
        size = optimistic_sample_size(
            target,
            width=options.in_width,
            domain=own if isinstance(flags, FileModel) and flags.inputs else None,
            key=key(options.seed + 1),
        )
    return emit(size, json=options.json)


def _closed_form(flags: Any, width: int | None) -> Any:
    """The size of a random target of known rank or support, which needs no array."""
    from suffice.architectures import (
        DiagonalSpec,
        MatrixSpec,
        SquareDifferenceSpec,
        SymmetricSpec,
    )
    from suffice.samples._shared import rank_size, sparse_size

    if isinstance(flags, DiagonalSpec | SquareDifferenceSpec) and width is None:
        k = getattr(flags, "nonzero", None)
        linear = getattr(flags, "layers", 2) == 1
        k = flags.inputs if k is None else k
        return sparse_size(k, flags.inputs, flags.parameters, linear=linear)
    if not isinstance(flags, MatrixSpec | SymmetricSpec):
        return None
    flags.check_rank()
    symmetric = isinstance(flags, SymmetricSpec)
    model = flags
    if width is not None and symmetric:
        model = dataclasses.replace(flags, rank=width)
    elif width is not None:
        model = dataclasses.replace(flags, rank=width, layers=2)
    return rank_size(
        (flags.size, flags.size) if symmetric else flags.shape,
        flags.rank,
        width=model.rank,
        parameters=model.parameters,
        symmetric=symmetric,
    )
