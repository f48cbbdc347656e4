"""`suffice cite`: BibTeX of this package and of the papers behind an answer."""

import dataclasses
from typing import Annotated

import tyro

from suffice.cli._parse import parse

ABOUT = """\
Prints BibTeX of this package and of the papers on which an answer rests. An answer is a
file that another verb has written or printed: a page, or text with or without --json.

Example: suffice cite page.html > references.bib"""


@dataclasses.dataclass(frozen=True)
class CiteOptions:
    """The answers."""

    answers: Annotated[
        tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE|PAPER")
    ] = ()
    """Files, or names of papers as in suffice reproduce."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(CiteOptions, "cite", args, ABOUT)
    from suffice.papers import cite, PAPERS

    print(cite(*(a if a in PAPERS else _read(a) for a in options.answers)))
    return 0


def _read(name: str) -> str:
    from suffice._core import check_file

    try:
        return check_file(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name} is no text; expected a page, what a verb has printed, or the name "
            "of a paper that `suffice reproduce` lists."
        ) from error
