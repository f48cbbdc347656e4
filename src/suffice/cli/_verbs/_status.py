"""`suffice status`: how much of a sweep is done."""

import dataclasses
from typing import Annotated

import tyro

from suffice.cli._common import emit
from suffice.cli._parse import parse

ABOUT = """\
Counts the cells of a store that are done, failed and pending, and the outcomes of the
runs. The verb works at any time, on any machine that can read the folder.

Example: suffice status study.store"""


@dataclasses.dataclass(frozen=True)
class StatusOptions:
    """The store."""

    store: Annotated[str, tyro.conf.Positional]
    """Folder written by suffice sweep."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(StatusOptions, "status", args, ABOUT)
    from suffice.sweeps import status

    return emit(status(options.store), json=options.json)
