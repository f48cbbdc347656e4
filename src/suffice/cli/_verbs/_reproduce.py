"""`suffice reproduce`: rerun the experiments of papers and compare the results."""

import dataclasses
import json
import shlex
from typing import Annotated

import tyro

from suffice.cli._common import say, start
from suffice.cli._fields import Workers
from suffice.cli._parse import parse
from suffice.cli._progress import progress

ABOUT = """\
Reruns the experiments of a paper and prints which results agree with it, which differ
and which stay undecided. Numbers, pictures and page.html are written into a folder; the
same command continues after a stop. `all` reruns every paper, in about half an hour on
two cores, and writes an index of their pages. Without a name it lists the papers.

Example: suffice reproduce single-neuron"""


@dataclasses.dataclass(frozen=True)
class ReproduceOptions:
    """The paper and the sizes of its experiments."""

    paper: Annotated[str, tyro.conf.Positional] = ""
    """Name of the paper, or all."""
    full: bool = False
    """Use the sizes of the paper instead of smaller ones that take a few minutes."""
    workers: Workers | None = None
    """Number of local worker processes for sweeps, which composition and matching have;
    0 computes in this process. By default 2, with --full 0."""
    out: Annotated[str, tyro.conf.arg(metavar="FOLDER")] = ""
    """Folder for numbers, pages and pictures (SVG, PDF and PNG); by default
    reproduce-NAME."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(ReproduceOptions, "reproduce", args, ABOUT)
    from suffice.papers import PAPERS
    from suffice.papers._shared import ALL, check_name

    if not options.paper:
        width = max(map(len, PAPERS))
        lines = [f"{name:<{width}}  {about}" for name, about in PAPERS.items()]
        print(json.dumps(PAPERS) if options.json else "\n".join(lines))
        return 0
    name = options.paper
    if name != ALL:
        check_name(name)
    start()
    from suffice.papers import reproduce, reproduce_all

    folder = options.out or f"reproduce-{name}{'-full' if options.full else ''}"
    command = shlex.join(["suffice", "reproduce", *args])
    with progress(name) as report:
        asked = {
            "full": options.full,
            "workers": options.workers,
            "command": command,
            "progress": report,
        }
        if name == ALL:
            found, text, page = reproduce_all(folder, **asked), str, "index.html"
        else:
            found, text, page = reproduce(name, folder, **asked), _text, "page.html"
    print(found.to_json() if options.json else text(found))
    say(f"the page is {folder}/{page}")
    return 0


def _text(reproduction) -> str:
    lines = [reproduction.headline(), ""]
    for claim in reproduction.claims:
        lines.append(f"{claim.verdict:<10} {claim.statement} [{claim.source}]")
        lines.append(f"{'':<10} expected {claim.expected}; measured {claim.measured}")
        if claim.remark:
            lines.append(f"{'':<10} {claim.remark}")
    return "\n".join(lines)
