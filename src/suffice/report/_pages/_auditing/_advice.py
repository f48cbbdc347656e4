"""What an audit advises, in sentences, for the page and the terminal alike."""

import numpy as np

from suffice._core import bounded, percent, plural, short
from suffice.auditing import Audit

from ._answer import more_than_spread


def proposal(audit: Audit) -> str:
    """What to measure next."""
    proposed = audit.next
    if proposed is None and audit.widths.name == "constant":
        return (
            "Every place shows a constant equally well: none is better to measure at."
        )
    if proposed is None:
        return "No order of measurements can be given while the question is undecided."
    text = (
        f"{plural(len(proposed.x), 'measurement')} chosen from {proposed.candidates} "
        f"candidates in {proposed.source}, the most informative first."
    )
    text += _bought(audit)
    if proposed.outside:
        text += (
            f" {proposed.outside} of them leave the range of the data, where the law "
            "is extrapolated."
        )
    return text


def _bought(audit: Audit) -> str:
    """What the batch buys, in the unit of the target."""
    proposed, before = audit.next, audit.sufficiency.region_error
    assert proposed is not None
    text = ""
    if proposed.cost is not None:
        text = f" They cost {short(proposed.cost.sum())} together."
    if audit.widths.exact or not np.isfinite(proposed.left[-1]):
        return text
    if proposed.error is None or before is None:
        share = percent(proposed.left[-1])
        return (
            f"{text} Measuring all of them leaves about {share} of the error that the "
            "noise makes in the fitted function."
        )
    spread, after = audit.unit, proposed.error[-1]
    if after > spread:
        return (
            f"{text} Even with all of them the samples leave the fitted function open "
            f"by {more_than_spread(audit)} somewhere in it."
        )
    return (
        f"{text} Measuring all of them lowers the typical error of the fitted function "
        f"over this region from {bounded(before, spread)} to about {short(after)}."
    )


def more(audit: Audit) -> str | None:
    """How many more measurements the wanted error takes; each reason is told once."""
    if not audit.more:
        return None
    said, reasons = [], set()
    for more in audit.more:
        said.append(more.answer() if more.why in reasons else more.headline())
        reasons.add(more.why)
    return " ".join(said)


def continued(audit: Audit) -> str | None:
    """How the error goes on with more rows of the same kind."""
    if audit.forecast is None:
        return None
    few = " A few rows make up most of this error, so that all of this is uncertain."
    return audit.forecast.headline() + (few if audit.forecast.heavy else "")


def jump(audit: Audit) -> str:
    """What the learning curve shows."""
    curve = audit.learning
    size = audit.sample_size.value
    if size is None:
        return curve.headline()
    if audit.widths.exact:
        return _recovery(curve, size)
    start, end = percent(curve.error[0]), percent(curve.error[-1])
    text = (
        f"From {curve.n[0]} to {curve.n[-1]} samples the mean error on unseen samples "
        f"changes from {start} to {end} of the variance."
    )
    if size > 1:
        text += (
            f" Around {size} samples, where the function is only just determined, "
            "noise is amplified strongly."
        )
    return text


def _recovery(curve, size: int) -> str:
    below = curve.recovered[curve.n < size]
    enough = curve.n[curve.recovered == curve.scored]
    text = (
        f"With fewer than {size} samples the law was met in {int(below.sum())} of "
        f"{int(curve.scored[curve.n < size].sum())} attempts"
    )
    if len(enough):
        text += f"; from {enough[0]} samples on it was met in every attempt"
    return f"{text}. Fewer than {size} samples do not suffice."
