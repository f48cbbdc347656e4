"""`suffice embed`: a critical point of a wide network from that of a narrow one."""

import dataclasses
from typing import Annotated

from suffice.cli._common import emit, key
from suffice.cli._defaults import defaults
from suffice.cli._fields import Between, File, Output, Seed
from suffice.cli._parse import parse_model
from suffice.cli._point import check_data, read_point

ABOUT = """\
Embeds a narrow network in a wider or deeper one with the same function. If the narrow
network is a critical point of the loss, so is the wide one. The numbers of rising,
falling and flat directions of the wide network are predicted.

Example: suffice embed narrow.npz --data table.csv --target y --in-width 8"""


EMBED = defaults("landscape", "embed")


@dataclasses.dataclass(frozen=True)
class EmbedOptions:
    """The data and the kind of the embedding."""

    data: File = None
    """Training table of the model: its inputs in order, and the targets."""
    target: str | None = None
    """Name of the target column, or several names: y1,y2."""
    in_width: Annotated[tuple[int, ...], Between(1)] = ()
    """Hidden widths of the wide network; for deepening, width of the new layer."""
    kind: str = EMBED["kind"]
    """Kind of embedding: splitting, compatible, null, cancelling or deepening."""
    out: Output = None
    """Save the wide network here."""
    force: bool = False
    """Replace an existing file."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(EmbedOptions, "embed", args, ABOUT)
    if not options.in_width:
        raise ValueError(
            "--in-width is missing; give the hidden widths of the wide network."
        )
    check_data(options.data, options.target)
    narrow, x, y = read_point(flags, options.data, options.target)
    from suffice.landscape import Deepening, embed
    from suffice.models import save_model

    kind, width = options.kind, options.in_width
    if kind == "deepening":
        kind, width = Deepening(width=width[0]), None
    embedding = embed(narrow, x, y, width=width, kind=kind, key=key(options.seed))
    if options.out is not None:
        save_model(embedding.point, options.out, overwrite=options.force)
    return emit(embedding, json=options.json)
