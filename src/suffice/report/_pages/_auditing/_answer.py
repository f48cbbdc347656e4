"""The results of an audit in sentences, for the page and the terminal alike."""

import numpy as np

from suffice._core import bounded, percent, plural, short
from suffice.auditing import Audit
from suffice.auditing._shared import beaten, counted, described, MISFIT

FALLING = 0.9  # ratio of errors, from half the samples to all, that is a fall


def laws(audit: Audit) -> tuple[str, ...]:
    """The law, and what predicts as well as it; what predicts better comes first."""
    rival, law = beaten(audit).strip(), answer(audit)
    return (rival, law) if audit.references.better is not None else (law, rival)


def answer(audit: Audit) -> str:
    """The law, in one or two sentences."""
    w = audit.widths
    law = described(audit)
    inputs = plural(len(audit.columns), "input")
    if w.exact:
        return (
            f"{audit.target} is a noise-free function of {inputs}: {law} meets every "
            "measurement to rounding, nothing smaller does."
        )
    what = audit.predictor.predicted
    return (
        f"The smallest description of {what} by {inputs} "
        f"that predicts as well as any network tried is {law}. It leaves "
        f"{percent(w.error[w.chosen])} of the variance of unseen samples "
        f"unexplained{_versus_best(audit)}.{_told_right(audit)}{_limited(audit)}"
        f"{_dependence(audit)}"
    )


def _told_right(audit: Audit) -> str:
    """How often the likelier class is the right one, for two classes."""
    if audit.data.table.classes is None:
        return ""
    right, base = told_right(audit)
    return (
        f" The likelier class is the right one for {percent(right)} of unseen rows; "
        f"always saying {commoner(audit)} would be right for {percent(base)}."
    )


def told_right(audit: Audit) -> tuple[float, float]:
    """Share of unseen rows whose likelier class is right, and that of the commoner."""
    data, w = audit.data, audit.widths
    off = data.unit * np.sqrt(w.squares[w.chosen] / data.weights)
    share = float(data.table.y.mean())
    return float(np.mean(off < 0.5)), max(share, 1 - share)


def commoner(audit: Audit) -> str:
    """The class of most rows."""
    classes = audit.data.table.classes
    assert classes is not None
    return classes[int(audit.data.table.y.mean() >= 0.5)]


def relevance(audit: Audit) -> str | None:
    """Which inputs the law uses."""
    return None if audit.relevance is None else audit.relevance.headline()


def asked(audit: Audit) -> str | None:
    """How far off predictions are at the inputs that were asked for."""
    found = audit.at
    if found is None:
        return None
    count = int(found.outside.sum())
    beyond = (
        f" {count} of them lie outside the region of the data, where the law is "
        "extrapolated and nothing is known of its error."
        if count
        else ""
    )
    off = (
        "undecided"
        if audit.sufficiency.typical_error is None
        else bounded(found.typical_error, audit.unit)
    )
    return (
        f"At the {plural(len(found.value), 'input')} asked for the fitted function is "
        f"off by typically {off}.{beyond}"
    )


def _versus_best(audit: Audit) -> str:
    w = audit.widths
    if w.best == w.chosen:
        return "; no larger network tried does better"
    return (
        f"; the best one, {w.names[w.best]}, leaves {percent(w.error[w.best])}, which "
        f"is less by {percent(w.behind[w.chosen])} ± "
        f"{percent(w.behind_error[w.chosen])}"
    )


def _dependence(audit: Audit) -> str:
    """How strong a dependence would have been seen, where none is."""
    tested = audit.widths.dependence
    return f" {tested.headline()}" if audit.widths.name == "constant" else ""


def diagnosis(audit: Audit) -> str | None:
    """Whether there are too few samples, or the description is of the wrong kind."""
    w, curve = audit.widths, audit.learning
    if w.exact:
        return None
    misfit = audit.sufficiency.noise.lack_of_fit
    if misfit is not None and misfit < MISFIT:
        return (
            "The description is of the wrong kind: it misses the means of repeated "
            f"measurements by more than their spread explains (p = {misfit:.2g})."
        )
    if audit.references.clear:
        return "More samples of this kind do not mend a description of the wrong kind."
    if w.limit == "samples":
        return (
            "There are too few samples to try a larger description: whether it would "
            "predict better cannot be told."
        )
    half = int(np.abs(curve.n - curve.n[-1] / 2).argmin())
    if half < len(curve.n) - 1 and curve.error[-1] < FALLING * curve.error[half]:
        return (
            f"From {curve.n[half]} to {curve.n[-1]} samples the error fell from "
            f"{percent(curve.error[half])} to {percent(curve.error[-1])} of the "
            "variance: more samples would still help."
        )
    return (
        f"From {curve.n[half]} to {curve.n[-1]} samples the error hardly changed: what "
        "is left is noise, or depends on something that the table does not hold."
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
    for_it = f"for {described(audit)}"
    more = ""
    if audit.widths.width:
        more = " A wider network needs no more than that for this function."
    if audit.data.kind != "number":
        return (
            f"At least {plural(size.value, 'sample')} are needed {for_it} "
            f"({size.status}): fewer never determine such a function. Labels and "
            "counts scatter, so it takes many times as many."
        )
    return (
        f"At least {plural(size.value, 'sample')} are needed {for_it} "
        f"({size.status}): fewer never determine such a function, {size.value} well "
        f"chosen ones can.{more}"
    )


def verdict(audit: Audit) -> str:
    """Whether the samples at hand suffice."""
    sufficiency = audit.sufficiency
    guarantee = sufficiency.guarantee
    if guarantee is None or guarantee.holds is None:
        return f"Whether your samples determine it is undecided: {_why(audit)}"
    if not guarantee.holds:
        return (
            f"Your {counted(audit)} samples do not determine it: they see "
            f"{guarantee.rank_s} of {guarantee.rank} directions in which the function "
            "can change."
        )
    return f"Your {counted(audit)} samples determine it. {noise(audit)}"


def _why(audit: Audit) -> str:
    sufficiency = audit.sufficiency
    return str(
        sufficiency.undecided or (sufficiency.guarantee and sufficiency.guarantee.note)
    )


def noise(audit: Audit) -> str:
    """How much of the noise reaches a prediction."""
    sufficiency = audit.sufficiency
    if audit.widths.exact:
        return "The table has no noise that could make it uncertain."
    if audit.data.kind != "number":
        return _scatter(audit)
    found = sufficiency.noise
    sure = found.source == "repeated measurements"
    missed = "" if sure else " if the description misses nothing"
    known = (
        f"The noise is about {short(found.value)}, between {short(found.low)} and "
        f"{short(found.high)}{missed} (from {found.source})."
    )
    if found.declared is not None:
        known = (
            f"The noise of a typical row is about {short(found.value)} (from "
            f"{found.source}), {short(found.value / found.declared)} times the "
            "measurement errors given."
        )
    if found.pure_error is None:
        known += " Noise and misfit cannot be told apart without repeated measurements."
    if sufficiency.typical_error is None:
        return (
            f"{known} How far off predictions are is not settled: fitted samples are "
            f"off by {short(found.residual)}, unseen ones by {short(found.unseen)}. "
            f"Expect {short(found.unseen)} for a new measurement."
        )
    then = ". A" if sufficiency.loose else "; a"
    return (
        f"{known} {_function_error(audit, 'function')}{then} new measurement is off by "
        f"about {short(found.unseen)}."
    )


def _function_error(audit: Audit, what: str) -> str:
    """How far off the fitted function is at the rows and over the region."""
    found = audit.sufficiency
    assert found.typical_error is not None
    assert found.region_error is not None
    rows = (
        f"This makes the fitted {what} off by typically {short(found.typical_error)} "
        "at the inputs of the table"
    )
    where = "the region where more can be measured"
    if not found.loose:
        return f"{rows} and by {short(found.region_error)} over {where}"
    open_ = f"the samples leave it open by {more_than_spread(audit)}"
    if found.firm_error is None:
        return f"{rows}; over {where} {open_}"
    return (
        f"{rows} and by {short(found.firm_error)} at {percent(1 - found.loose)} of the "
        f"candidates in {where}; at the others {open_}"
    )


def more_than_spread(audit: Audit) -> str:
    """How large an error is of which the theory of small errors says no more."""
    return f"more than {audit.target} varies ({short(audit.unit)})"


def _scatter(audit: Audit) -> str:
    """The same for classes and counts, whose noise is not one number."""
    what, known = "chance", "Rows scatter around their chance, as labels do."
    if audit.data.kind == "count":
        what = "mean"
        known = (
            "The counts scatter around their mean "
            f"{short(audit.predictor.scatter)} times as much as Poisson counts do."
        )
    if audit.sufficiency.typical_error is None:
        return f"{known} How far off the fitted {what} is is not settled."
    return f"{known} {_function_error(audit, what)}."


def fewest(audit: Audit) -> str | None:
    """What fewer samples would have done."""
    sufficiency = audit.sufficiency
    if sufficiency.one_less is None or audit.data.kind != "number":
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
