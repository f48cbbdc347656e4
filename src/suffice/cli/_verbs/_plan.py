"""`suffice plan`: which samples to take, in order."""

import dataclasses
import json
import math

from suffice.architectures import MatrixSpec, Spec, SymmetricSpec
from suffice.cli._common import as_inputs, domain_by, drawn, key, read_samples, say
from suffice.cli._fields import (
    File,
    MaybeCount,
    Seed,
)
from suffice.cli._parse import parse_model

POOL = 1500
ABOUT = """\
Finds the fewest and best conditioned samples that determine a target. The answer is an
order, whose first n samples are a good plan for every n. Samples that have already been
taken can be given. By default the candidates are all entries of a matrix, or random
inputs; `index` counts the candidates from 0.

Example: suffice plan two-layer --inputs 2 --width 3 --bias --pool candidates.csv"""


@dataclasses.dataclass(frozen=True)
class PlanOptions:
    """Options of the verb."""

    pool: File = None
    """Candidates: table (.csv, .tsv, .parquet) or array (.npy, .npz) of inputs."""
    taken: File = None
    """Samples that have already been taken, in the same form."""
    size: MaybeCount = None
    """Number of samples to choose; by default the fewest that suffice."""
    seed: Seed = 0
    """Random seed of parameters and inputs."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(PlanOptions, "plan", args, ABOUT)
    files = {path: read_samples(path) for path in (options.pool, options.taken) if path}
    _check_size(options, flags, files)
    target = drawn(flags, options.seed)
    from suffice.samples import plan

    rows = {path: as_inputs(path, x, target) for path, x in files.items()}
    if options.pool:
        pool = rows[options.pool]
    else:
        domain = domain_by(flags, target)
        pool = domain.sample(key(options.seed + 2), POOL)
        if not hasattr(domain, "x"):
            say(f"without --pool the candidates are {POOL} random inputs.")
    taken = rows[options.taken] if options.taken else None
    chosen = plan(
        target, pool=pool, size=options.size, taken=taken, key=key(options.seed + 1)
    )
    inputs = pool[chosen.order]
    if options.json:
        print(json.dumps(chosen.to_dict() | {"inputs": inputs.tolist()}))
    else:
        print(chosen)
        print(_listed(chosen, inputs))
    return 0


def _check_size(options, flags, files) -> None:
    """Raise an error for more samples than candidates, where their number is known."""
    if options.pool:
        most = len(files[options.pool])
    elif isinstance(flags, MatrixSpec):
        most = math.prod(flags.shape)
    elif isinstance(flags, Spec) and not isinstance(flags, SymmetricSpec):
        most = POOL
    else:
        return
    if options.size is not None and options.size > most:
        raise ValueError(
            f"--size is {options.size}; expected 1 to {most}, the number of candidates."
        )


def _listed(chosen, inputs) -> str:
    rows = [
        f"  {place:>5} {index:>7} {kappa:>10.3g}  {_flat(x)}"
        for place, (index, kappa, x) in enumerate(
            zip(chosen.order, chosen.kappa, inputs, strict=True), 1
        )
    ]
    return "\n".join(["  order   index      kappa  input", *rows])


def _flat(x) -> str:
    numbers = x.ravel()
    shown = " ".join(f"{value:.6g}" for value in numbers[:8])
    return f"{shown} ..." if len(numbers) > 8 else shown
