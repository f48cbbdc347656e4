"""`suffice export`: the store of a sweep as one file for other programs."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro

from suffice.cli._common import say
from suffice.cli._fields import check_outputs, Output
from suffice.cli._parse import parse

ABOUT = """\
Writes the contents of a store, finished or not, into one file: parquet and csv with one
row per finished run, netcdf with named dimensions and the status of every run. An
existing file is replaced with --force only.

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
    """The file; by default next to the store."""
    force: bool = False
    """Replace an existing file."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(ExportOptions, "export", args, ABOUT)
    store = Path(options.store)
    named = store.resolve() if store.name in ("", "..") else store
    beside = named.with_name(named.name.removesuffix(".store") + SUFFIX[options.to])
    out = options.out or str(beside)
    check_outputs({"--out": out}, replace=options.force)
    from suffice.sweeps import export

    export(options.store, out, to=options.to, overwrite=options.force)
    say(f"the file is {out}")
    return 0
