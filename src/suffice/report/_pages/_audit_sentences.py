"""The results of an audit in sentences, for the page and the terminal alike."""

from suffice._core import percent, plural, short
from suffice.auditing import Audit
from suffice.auditing._shared import described


def answer(audit: Audit) -> str:
    """The law, in one or two sentences."""
    w = audit.widths
    law = described(w.name, w.width)
    inputs = plural(len(audit.inputs), "input")
    if w.exact:
        return (
            f"{audit.target} is a noise-free function of {inputs}: {law} meets every "
            "measurement to rounding, nothing smaller does."
        )
    return (
        f"The best explanation of {audit.target} by {inputs} that these data support "
        f"is {law}. It leaves {percent(w.error[w.chosen])} of the variance of unseen "
        f"samples unexplained{_versus_best(audit)}.{_limited(audit)}"
    )


def _versus_best(audit: Audit) -> str:
    w = audit.widths
    if w.best == w.chosen:
        return "; no model tried does better"
    return (
        f"; the best model tried, {w.names[w.best]}, leaves "
        f"{percent(w.error[w.best])}, which is within one standard error "
        f"({percent(w.standard_error[w.best])})"
    )


def _limited(audit: Audit) -> str:
    """What keeps the answer from being final, if anything."""
    w = audit.widths
    if w.limit == "samples":
        return (
            f" Larger networks could not be tried ({w.stopped}): the law may be more "
            "complicated than so few samples can show."
        )
    if w.limit == "width" and w.best == len(w.names) - 1:
        return (
            " That is the widest network that was asked for: with a larger --max-width "
            "a better one may be found."
        )
    return ""


def need(audit: Audit) -> str:
    """How many samples it takes."""
    size = audit.sample_size
    if size.value is None:
        return f"How many samples it takes is undecided: {size.note}"
    if size.value == 1:
        return f"A single sample determines a constant ({size.status})."
    more = ""
    if audit.widths.width:
        more = " A wider network needs no more than that for this function."
    return (
        f"At least {plural(size.value, 'sample')} are needed ({size.status}): fewer "
        f"never determine such a function, {size.value} well chosen ones can.{more}"
    )


def verdict(audit: Audit) -> str:
    """Whether the samples at hand suffice."""
    sufficiency = audit.sufficiency
    guarantee = sufficiency.guarantee
    if guarantee is None or guarantee.holds is None:
        return f"Whether your samples determine it is undecided: {_why(audit)}"
    if not guarantee.holds:
        return (
            f"Your {audit.rows} samples do not determine it: they see "
            f"{guarantee.rank_s} of {guarantee.rank} directions in which the function "
            "can change."
        )
    return f"Your {audit.rows} samples determine it. {noise(audit)}"


def _why(audit: Audit) -> str:
    sufficiency = audit.sufficiency
    return str(
        sufficiency.undecided or (sufficiency.guarantee and sufficiency.guarantee.note)
    )


def noise(audit: Audit) -> str:
    """How much of the noise reaches a prediction."""
    sufficiency = audit.sufficiency
    if audit.widths.exact:
        return "There is no noise to let through."
    guarantee = sufficiency.guarantee
    kappa = guarantee.kappa if guarantee else float("inf")
    return (
        f"A measurement is off the fitted function by about {short(sufficiency.noise)} "
        "(noise, or what this function misses). As noise, that makes predictions in "
        "the region of the data off by typically "
        f"{short(sufficiency.typical_error)}, and by {short(sufficiency.worst_error)} "
        f"if the errors conspire (kappa {short(kappa)})."
    )


def fewest(audit: Audit) -> str | None:
    """What fewer samples would have done."""
    sufficiency = audit.sufficiency
    if sufficiency.one_less is None:
        return None
    size = len(sufficiency.core)
    tail = (
        "even the best choice of one fewer leaves a direction unseen"
        if not sufficiency.one_less.holds
        else "one fewer would do too"
    )
    if audit.widths.exact:
        return f"{size} of your samples alone determine it; {tail}."
    return (
        f"{size} of your samples alone would determine it, if they were free of noise; "
        f"{tail}."
    )


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
        f"The {len(proposed.x)} most informative of {proposed.candidates} candidates "
        f"from {proposed.source}, in order."
    )
    if not audit.widths.exact:
        text += (
            f" Measuring all of them lowers the typical error of prediction from "
            f"{short(audit.sufficiency.typical_error)} to "
            f"{short(proposed.typical_error)}."
        )
    if proposed.outside:
        text += (
            f" {proposed.outside} of them leave the range of the data, where the law "
            "is extrapolated."
        )
    return text


def jump(audit: Audit) -> str:
    """What the learning curve shows."""
    curve = audit.learning
    size = audit.sample_size.value
    if size is None:
        return curve.headline()
    if audit.widths.exact:
        return _recovery(curve, size)
    start, end = percent(curve.median[0]), percent(curve.median[-1])
    text = (
        f"From {curve.n[0]} to {curve.n[-1]} samples the median error changes from "
        f"{start} to {end} of the variance."
    )
    if size > 1:
        text += (
            f" Around {size} samples, where the function is only just determined, "
            "noise is amplified most."
        )
    return text


def _recovery(curve, size: int) -> str:
    below = curve.recovered[curve.n < size]
    enough = curve.n[curve.recovered == curve.splits]
    text = (
        f"With fewer than {size} samples the law was met in {int(below.sum())} of "
        f"{curve.splits * len(below)} attempts"
    )
    if len(enough):
        text += f"; from {enough[0]} samples on it was met in every attempt"
    return f"{text}. Fewer than {size} samples do not suffice."
