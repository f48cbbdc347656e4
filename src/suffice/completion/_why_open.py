"""Why entries stay open, in sentences."""

import numpy as np
from jaxtyping import Int8

from suffice._core import plural

from ._design._stability import covariance_and_kernel, variances
from ._determined._at_values import DENSE
from ._determined._closure import Determination
from ._determined._status import EntryStatus
from ._entries._graph import components
from ._entries._mask import Mask
from ._entries._observed import Observed
from ._fit._offset_model import LowRank

WILD = 10.0  # times the largest observed value: an entry so far off is not known


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
            f"{plural(empty[0], 'row')} and {plural(empty[1], 'column')} hold no "
            "observation and stay undetermined."
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


def leave_wild_open(
    status: Int8[np.ndarray, "rows columns"],
    mask: Mask,
    model: LowRank,
    observed: Observed,
    converged: bool,
) -> str | None:
    """Leave entries open that the errors of a fit put anywhere; return a note on them.

    Some tables, as of zeros, have no best matrix of a rank: the closer the fit, the
    larger some entries become, without end. Where the fit has come to rest, a large
    entry is believed if it is larger than its error.
    """
    units = np.broadcast_to(model.scales, model.column.shape)[observed.columns]
    left, right = model.standard().tangent()
    if not 0 < left.size + right.size <= DENSE:
        return None
    covariance, _ = covariance_and_kernel(mask, left, right)
    errors = model.misfit(observed) / units
    squared = variances(covariance, left, right) * (errors**2).mean()
    wild = (status == EntryStatus.unique) | (status == EntryStatus.finite)
    size = WILD * np.abs(observed.values / units).max()
    own = np.abs(model.standard().product()) if converged else 0.0
    wild &= squared > np.maximum(size, own) ** 2
    status[wild] = EntryStatus.unresolved
    if not wild.any():
        return None
    return (
        f"{int(wild.sum())} of the open entries could be anything: the errors of the "
        f"fit make them off by more than {WILD:g} times the largest observed value."
    )
