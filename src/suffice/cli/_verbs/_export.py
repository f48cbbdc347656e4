"""`suffice export`: the store of a sweep as one file for other programs."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro

from suffice.cli._common import say
from suffice.cli._fields import Output
from suffice.cli._parse import parse

ABOUT = """\
Writes the contents of a store, finished or not, into one new file: parquet and csv with
one row per finished run, netcdf with named dimensions and the status of every run.

Example: suffice export study.store --to csv
writes study.csv; polars, duckdb, R and spreadsheets read it."""

SUFFIX = {"parquet": ".parquet", "csv": ".csv", "netcdf": ".nc"}


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """The store and the file to write."""

    store: Annotated[str, tyro.conf.Positional]
    """Folder written by suffice sweep."""
    to: Literal["parquet", "csv", "netcdf"] = "parquet"
    """Format of the file."""
    out: Output = None
    """The new file; by default next to the store."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(ExportOptions, "export", args, ABOUT)
    from suffice.sweeps import export

    store = Path(options.store)
    named = store.resolve() if store.name in ("", "..") else store
    beside = named.with_name(named.name.removesuffix(".store") + SUFFIX[options.to])
    out = options.out or str(beside)
    say(f"the file is {export(options.store, out, to=options.to)}")
    return 0
