"""`suffice guarantee`: whether given samples determine a target."""

import dataclasses
from typing import Annotated

from suffice.cli._common import as_inputs, drawn, emit, key, read_samples
from suffice.cli._fields import File, Read, Seed
from suffice.cli._parse import parse_model

ABOUT = """\
Says whether the samples determine the target within its tangent space (the guarantee
of local linear recovery), and how strongly they amplify errors (kappa). The file of the
samples has one row per sample and one numeric column per input, in order.

Example: suffice guarantee saved-model.npz --samples measured.csv"""


@dataclasses.dataclass(frozen=True)
class GuaranteeOptions:
    """Options of the verb."""

    samples: Annotated[str, Read()]
    """Table (.csv, .tsv, .parquet) or array (.npy, .npz) of inputs."""
    pool: File = None
    """Inputs over which errors are averaged; by default drawn like the samples."""
    seed: Seed = 0
    """Random seed of parameters and inputs."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(GuaranteeOptions, "guarantee", args, ABOUT)
    named = [path for path in (options.samples, options.pool) if path is not None]
    rows = [read_samples(path) for path in named]
    target = drawn(flags, options.seed)
    from suffice.samples import guarantee

    x, *pool = (
        as_inputs(path, content, target)
        for path, content in zip(named, rows, strict=True)
    )
    verdict = guarantee(
        target, x, pool=pool[0] if pool else None, key=key(options.seed + 1)
    )
    return emit(verdict, json=options.json)
