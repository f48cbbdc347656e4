"""`suffice sweep`: compute the missing cells of a study."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Annotated, Any

import tyro

from suffice.cli._common import emit, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import Input, Workers
from suffice.cli._parse import parse
from suffice.cli._progress import progress

ABOUT = """\
Computes every cell of a study (a point of its grid and a range of seeds) that is
missing in its store. After a stop or a crash the same command continues; after a change
of the grid or the seeds only the missing cells are computed; with a larger
method.max_steps only the runs that met the smaller one. Several commands may work on
one store at the same time.

Example: suffice sweep study.toml --workers 4 --set seeds 100
Then:    suffice status study.store, suffice export study.store --to parquet

The exit code is 1 if some cells failed; the answer gives the reasons, and the next call
tries these cells again."""

DEFAULT_CLASS = "suffice.recovery:Study"


SWEEP = defaults("sweeps", "sweep")


@dataclasses.dataclass(frozen=True)
class SweepOptions:
    """The study, its store and the workers."""

    file: Input
    """The study: a TOML file with fields as keys and the grid under [grid]."""
    store: Annotated[str | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Folder for the numbers; by default the name of the study with suffix .store."""
    set: Annotated[
        tuple[tuple[str, ...], ...],
        tyro.conf.UseAppendAction,
        tyro.conf.arg(metavar="FIELD VALUE [VALUE ...]"),
    ] = ()
    """Change a field of the study: one value sets it, several make it an axis of the
    grid. May be repeated: --set method.rtol 1e-6 --set samples.size 3 4 5"""
    workers: Workers = SWEEP["workers"]
    """Number of local worker processes; 0 computes in this process."""
    scheduler: Annotated[str | None, tyro.conf.arg(metavar="ADDRESS")] = None
    """A Dask scheduler, such as tls://host:8786, whose workers compute instead."""
    shard: Annotated[str | None, tyro.conf.arg(metavar="I/K")] = None
    """Compute only every K-th cell from the I-th on, counted from 0, for job arrays."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(SweepOptions, "sweep", args, ABOUT)
    shard = None if options.shard is None else read_shard(options.shard)
    start()
    from suffice.sweeps import read_study, sweep

    study = read_study(options.file, default=DEFAULT_CLASS)
    for field, *values in options.set:
        study = changed(study, field, values)
    store = options.store or str(Path(options.file).with_suffix(".store"))
    with progress(store, forecast=True) as report:
        result = sweep(
            study,
            store,
            workers=options.workers,
            scheduler=options.scheduler,
            shard=shard,
            progress=report,
        )
    emit(result, json=options.json)
    return 1 if result.failed else 0


def read_shard(text: str) -> tuple[int, int]:
    """Read the text `i/k` as a pair of numbers."""
    first, slash, count = text.partition("/")
    if not (slash and first.isdigit() and count.isdigit()):
        raise ValueError(f"--shard must look like 0/4, got {text!r}.")
    return int(first), int(count)


def changed(study: Any, field: str, values: list[str]) -> Any:
    """Return the study with one field set to a value, or varied over several."""
    from suffice.sweeps import with_field

    if not values:
        raise ValueError(f"--set {field}: give at least one value.")
    plain_values = [_value(text) for text in values]
    grid = {path: axis for path, axis in study.grid.items() if path != field}
    if len(plain_values) == 1:
        return dataclasses.replace(with_field(study, field, plain_values[0]), grid=grid)
    return dataclasses.replace(study, grid={**grid, field: tuple(plain_values)})


def _value(text: str) -> Any:
    """Return the value that TOML reads, or the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
