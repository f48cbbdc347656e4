"""`suffice status`: how much of a sweep is done."""

import dataclasses
from typing import Annotated

import tyro

from suffice.cli._common import emit
from suffice.cli._parse import parse

ABOUT = """\
Counts the cells of a store that are done, failed and pending, and the outcomes of the
runs. The verb works at any time, on any machine that can read the folder. With --verify
it reads all numbers and lists the cells whose files are damaged; suffice sweep computes
these cells again. The exit code is 1 if something is damaged.

Example: suffice status study.store --verify"""


@dataclasses.dataclass(frozen=True)
class StatusOptions:
    """The store."""

    store: Annotated[str, tyro.conf.Positional]
    """Folder written by suffice sweep."""
    verify: bool = False
    """Read and check the numbers of all cells."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(StatusOptions, "status", args, ABOUT)
    from suffice.sweeps import status

    found = status(options.store, verify=options.verify)
    emit(found, json=options.json)
    return 1 if found.damaged else 0
