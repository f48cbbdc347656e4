"""How far filled entries are off, on the page of a completed matrix."""

import numpy as np

from suffice._core import short
from suffice._core.literature import bases
from suffice.completion import CompletedTable
from suffice.report._page._describe import Card, Part, Section
from suffice.report._page._grid import Grid


def error_card(completed: CompletedTable) -> Card:
    """The expected error beside the best simple prediction, or how exact the fit is."""
    error = completed.completion.error
    if error is None:
        return Card("fit", *_fit(completed), bases.FIT)
    simple = min(error.column_means, error.offsets)
    name = "column means" if simple == error.column_means else "row + column"
    unit = "" if error.unit == "data" else ", in standard deviations"
    detail = f"{name}: {short(simple)}{unit}"
    return Card("expected error", short(error.fitted), detail, bases.EXPECTED)


def _fit(completed: CompletedTable) -> tuple[str, str]:
    if completed.completion.rank is None:
        return "none", "the rank is undecided"
    if not completed.exact:
        return (
            f"{short(100 * completed.completion.residual, 2)} %",
            "remaining error, root mean square",
        )
    if completed.redundant == 0:
        return "exact", "but nothing tests it"
    return "exact", "to rounding"


def errors_section(completed: CompletedTable) -> Section | None:
    """The errors of several predictions of the same held-out entries."""
    error, half_width = completed.completion.error, completed.completion.half_width
    if error is None:
        return None
    rows = (
        ("this completion", short(error.fitted)),
        ("column means", short(error.column_means)),
        ("row + column", short(error.offsets)),
    )
    parts: list[Part] = [f"{error.headline()[0].upper()}{error.headline()[1:]}."]
    if not error.better:
        parts.append(
            "Simple predictions are as good: the part of low rank adds nothing here."
        )
    parts.append(Grid(("prediction", "root mean square error"), rows))
    filled = completed.completion.determined
    if half_width is not None and filled.any():
        low, middle, high = np.quantile(half_width[filled], [0.05, 0.5, 0.95])
        parts.append(
            "Nine of ten missing values are expected within an interval around the "
            f"filled one: ± {short(middle)} in the median entry, ± {short(low)} in the "
            f"firmest and ± {short(high)} in the loosest 5 %."
        )
    return Section("How far filled entries are off", tuple(parts), (bases.EXPECTED,))
