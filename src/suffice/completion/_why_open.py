"""Why entries stay open, in sentences."""

from ._determined._closure import Determination
from ._entries._graph import components


def why_open(mask, determination: Determination, count, asserted) -> str | None:
    """Return why entries stay undetermined, and whether the rank was tested at all."""
    sentences = []
    graph = components(mask)
    if graph.count > 1 and determination.deficit:
        sentences.append(
            f"The observed entries fall apart into {graph.count} components that share "
            "no row and no column: entries between them are determined at no rank."
        )
    empty = [int((side < 0).sum()) for side in (graph.row, graph.col)]
    if any(empty):
        sentences.append(
            f"{empty[0]} rows and {empty[1]} columns hold no observation and stay "
            "undetermined."
        )
    if determination.deficit:
        noun = "entry" if determination.deficit == 1 else "entries"
        sentences.append(
            f"{determination.deficit} more {noun} in the right places would determine "
            "everything."
        )
    if determination.completion_rank == count and not asserted:
        sentences.append(
            f"Almost any values could be completed at rank {determination.rank}, so "
            "the entries are no test of this rank."
        )
    return " ".join(sentences) or None
