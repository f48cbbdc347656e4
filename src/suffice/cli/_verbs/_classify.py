"""`suffice classify`: whether a trained network is at a minimum or at a saddle."""

import dataclasses
import shlex

from suffice.cli._common import emit, key, say
from suffice.cli._fields import File, Output, Report, Seed
from suffice.cli._parse import parse_model
from suffice.cli._point import check_data, read_point

ABOUT = """\
Says whether a network is at a minimum, at a saddle or at no critical point of its
training loss, which narrow network it contains, and in which direction the loss falls.

Example: suffice classify trained.npz --data table.csv --target y --polish
         --report page.html"""


@dataclasses.dataclass(frozen=True)
class ClassifyOptions:
    """Options of the verb."""

    data: File = None
    """Training table of the model: its inputs in order, and the targets."""
    target: str | None = None
    """Name of the target column, or several names: y1,y2."""
    polish: bool = False
    """First move to the nearby critical point."""
    out: Output = None
    """Save the network at the end of the escape direction here."""
    report: Report = None
    """Write a self-contained HTML page here."""
    force: bool = False
    """Replace existing files."""
    seed: Seed = 0
    """Random seed of the starts of the fits."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(ClassifyOptions, "classify", args, ABOUT)
    check_data(options.data, options.target)
    point, x, y = read_point(flags, options.data, options.target)
    from suffice.landscape import classify
    from suffice.models import save_model

    classification = classify(point, x, y, polish=options.polish, key=key(options.seed))
    if options.out is not None:
        if classification.escape is None:
            raise ValueError(
                f"a {classification.verdict} has no escape direction; leave --out out."
            )
        save_model(classification.escape.point, options.out, overwrite=options.force)
    if options.report is not None:
        from suffice.report import classification_page, write_page

        command = shlex.join(["suffice", "classify", *args])
        page = classification_page(classification, command=command)
        write_page(page, options.report, overwrite=options.force)
        say(f"the page is {options.report}")
    return emit(classification, json=options.json)
