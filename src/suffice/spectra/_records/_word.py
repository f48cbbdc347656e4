"""The verdict on one run in one word, and why."""

from ._curves import Curves

FEWEST = 3  # records; of fewer, no level is known to be held


def word_of(run: Curves) -> tuple[str, str]:
    """Return the verdict on a run, see `Verdict`, and its reason in a few words."""
    if run.diverged:
        return "diverged", f"a loss is not finite after step {run.last:g}"
    if len(run.at) < FEWEST:
        return "undecided", f"{len(run.at)} records; {FEWEST} are needed"
    if run.lost:
        return _lost(run)
    word, reason = _timed(run)
    if not run.rises or word == "memorised":
        return word, reason
    rose = f"the test loss rose to {run.rise.max():.3g} of its first value"
    if word == "delayed":
        return "both", f"{rose}; {reason}"
    return "ascent", rose if word == "none" else f"{rose}; else undecided: {reason}"


def _lost(run: Curves) -> tuple[str, str]:
    """Tell what became of a test set that was better known before."""
    best = int(run.test_score.argmax())
    reason = (
        f"the test set was best at step {run.at[best]:g}, lost at {run.lost_step:g}"
    )
    together = (run.train_score >= run.fitted.enter) & (
        run.test_score >= run.known.enter
    )
    worse = run.train_score[-1] < run.train_score[best]
    if not (together.any() or worse):
        return "overfits", f"{reason}, while the training loss fell"
    if run.position(run.test_score[best]) >= run.rule.half:
        return "collapsed", f"{reason}, after it was known"
    return "undecided", f"{reason}, and the training set too"


def _timed(run: Curves) -> tuple[str, str]:
    if run.fit_record is None:
        return "undecided", "the training set is not fitted at the end"
    if run.known_record is None:
        return _unknown(run)
    early, late = run.span(run.known_record)
    first, last = run.span(run.fit_record)
    if early >= run.rule.delay * max(last, run.unit):
        how = "known" if run.settled else "still better, and half known"
        return "delayed", f"fitted at step {last:g}, {how} at {late:g}"
    if not run.settled:
        return "undecided", "the test set is still better known at every record"
    if late < run.rule.delay * max(first, run.unit):
        return "none", f"fitted at step {last:g}, known at {late:g}"
    return (
        "undecided",
        f"the records before steps {last:g} and {late:g} are too far apart",
    )


def _unknown(run: Curves) -> tuple[str, str]:
    """Tell memorising from not knowing, for a fitted run that does not generalise."""
    end = run.at[-1]
    if run.position(run.test_score[-1]) >= run.rule.half:
        return "undecided", "the test set is known at some records and not at others"
    if end < run.rule.delay * max(run.fit, run.unit):
        return "undecided", f"fitted at step {run.fit:g} only, of {end:g}"
    if run.trend:
        return "undecided", "the test set is still better known at the end"
    return "memorised", f"fitted at step {run.fit:g}, no trend on the test set since"
