"""`suffice reproduce`: rerun the experiments of a paper and compare the results."""

import dataclasses
import shlex
from typing import Annotated

import tyro

from suffice.cli._common import say, start
from suffice.cli._parse import parse
from suffice.cli._progress import progress

ABOUT = """\
Reruns the experiments of a paper and prints which results agree with it, which differ
and which stay undecided. Numbers, pictures and page.html are written into a folder; the
same command continues after a stop. Without the name of a paper it lists the papers.

Example: suffice reproduce single-neuron"""


@dataclasses.dataclass(frozen=True)
class ReproduceOptions:
    """The paper and the sizes of its experiments."""

    paper: Annotated[str, tyro.conf.Positional] = ""
    """Name of the paper."""
    full: bool = False
    """Use the sizes of the paper instead of smaller ones that take a few minutes."""
    out: Annotated[str, tyro.conf.arg(metavar="FOLDER")] = ""
    """Folder for numbers, pictures and page; by default reproduce-NAME."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(ReproduceOptions, "reproduce", args, ABOUT)
    from suffice.papers import PAPERS
    from suffice.papers._shared import check_name

    if not options.paper:
        width = max(map(len, PAPERS))
        print("\n".join(f"{name:<{width}}  {about}" for name, about in PAPERS.items()))
        return 0
    name = options.paper
    check_name(name)
    start()
    from suffice.papers import reproduce

    folder = options.out or f"reproduce-{name}{'-full' if options.full else ''}"
    command = shlex.join(["suffice", "reproduce", *args])
    with progress(name) as report:
        reproduction = reproduce(
            name,
            folder,
            full=options.full,
            command=command,
            progress=report,
        )
    print(reproduction.to_json() if options.json else _text(reproduction))
    say(f"the page is {folder}/page.html")
    return 0


def _text(reproduction) -> str:
    lines = [reproduction.headline(), ""]
    for claim in reproduction.claims:
        lines.append(f"{claim.verdict:<10} {claim.statement} [{claim.source}]")
        lines.append(f"{'':<10} expected {claim.expected}; measured {claim.measured}")
        if claim.remark:
            lines.append(f"{'':<10} {claim.remark}")
    return "\n".join(lines)
