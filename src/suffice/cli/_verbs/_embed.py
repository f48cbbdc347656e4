"""`suffice embed`: a wide network on the critical point of a narrow one."""

import dataclasses

from suffice.cli._common import emit, key, start
from suffice.cli._defaults import defaults
from suffice.cli._parse import File, parse_model
from suffice.cli._point import read_point

ABOUT = """\
Embeds a narrow network in a wider or deeper one with the same function. If the narrow
network is a critical point of the loss, so is the wide one; its numbers of rising,
falling and level directions are predicted.

Example: suffice embed narrow.npz --data table.csv --target y --width 8"""


EMBED = defaults("landscape", "embed")


@dataclasses.dataclass(frozen=True)
class EmbedOptions:
    """How to embed it."""

    data: File = None
    """The table it was trained on: the inputs in their order, and the targets."""
    target: str | None = None
    """Target column, or several: y1,y2."""
    width: tuple[int, ...] = ()
    """Hidden widths of the wide network; for deepening, of the new layer."""
    kind: str = EMBED["kind"]
    """splitting, compatible, null, cancelling or deepening."""
    out: File = None
    """Save the wide network here."""
    force: bool = False
    """Replace an existing file."""
    seed: int = 0
    """Random seed of everything that is drawn."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    flags, options = parse_model(EmbedOptions, "embed", args, ABOUT)
    start()
    from suffice.landscape import Deepening, embed
    from suffice.models import save_model

    if not options.width:
        raise ValueError("--width is missing: how wide is the wide network to be?")
    narrow, x, y = read_point(flags, options.data, options.target)
    kind, width = options.kind, options.width
    if kind == "deepening":
        kind, width = Deepening(width=width[0]), None
    embedding = embed(narrow, x, y, width=width, kind=kind, key=key(options.seed))
    if options.out is not None:
        save_model(embedding.point, options.out, overwrite=options.force)
    return emit(embedding, json=options.json)
