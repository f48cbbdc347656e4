"""The evidence on the page of a classification."""

from suffice._core import percent, short
from suffice._core.literature import bases
from suffice.landscape import Classification
from suffice.report._page._describe import Section
from suffice.report._page._grid import Grid


def evidence(classified: Classification) -> Section:
    head = ("evidence", "value", "what it is")
    return Section(
        "Evidence",
        (Grid(head, tuple(_measured(classified))), _counts(classified)),
        (bases.SADDLES, bases.COUNTS),
    )


def _measured(classified: Classification) -> list[tuple[str, str, str]]:
    rows = [
        ("loss, half the sum of squares", short(classified.loss, 5), ""),
        (
            "relative gradient",
            short(classified.gradient, 2),
            "largest entry, relative to what the samples add to it in absolute value",
        ),
    ]
    if classified.unavoidable > 1e-12 * classified.loss:
        rows.append(
            (
                "unavoidable loss",
                short(classified.unavoidable, 5),
                "no network of any width has less on these inputs",
            )
        )
    if classified.moved:
        rows += [
            (
                "distance moved",
                short(classified.moved),
                "from the network given to the critical point near it",
            ),
            (
                "outputs changed by that",
                percent(classified.difference),
                "root mean square, relative",
            ),
        ]
    rows.append(
        (
            "spread of the copies",
            short(classified.spread, 2),
            "distance from exact copies",
        )
    )
    if classified.dimension is not None:
        rows.append(
            (
                "dimension of the branch",
                str(classified.dimension),
                "critical points with the same outputs around this one",
            )
        )
    return rows


def _counts(classified: Classification) -> Grid:
    """Measured beside predicted numbers of eigenvalues."""
    head, rows = ("eigenvalues", "positive", "negative", "zero"), []
    if classified.inertia is not None and classified.inertia.positive is not None:
        rows.append(("measured", *map(str, classified.inertia.signature)))
    elif classified.inertia is not None:
        rows.append(("measured", "?", f"at least {classified.inertia.negative}", "?"))
    if classified.predicted is not None:
        rows.append(
            ("predicted from the narrow network", *map(str, classified.predicted))
        )
    return Grid(head, tuple(rows))
