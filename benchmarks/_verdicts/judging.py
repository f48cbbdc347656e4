"""What was said, beside what is true."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One answer of the package to one question.

    Attributes:
        kind: Kind of case, a row of the table.
        question: What was asked.
        answer: `confident`, `bounds`, `undecided`, `refused` or `crash`.
        right: Whether nothing that was said is false.
        said: The answer in words.
        true: The truth in words.
        plain: Whether the count of singular values by NumPy alone is right; None where
            it has no meaning.
        case: The number of the case, from which it can be drawn again.
    """

    kind: str
    question: str
    answer: str
    right: bool
    said: str
    true: str
    plain: bool | None = None
    case: int = -1


def of_rank(question, ask, low, high=None, *, plain=None):
    """A verdict on a `Rank` whose true value lies between two numbers.

    Where no single number is true, for lack of a derivative, only bounds may be given.

    Args:
        question: What is asked.
        ask: Asks it.
        low: Lower bound of the truth.
        high: Upper bound of the truth; None for the same number.
        plain: What NumPy counts.
    """
    high = low if high is None else high
    true = str(low) if low == high else f"undefined in [{low}, {high}]"
    plain = None if plain is None or low != high else plain == low

    def judge(rank):
        said = f"{rank.value} {rank.status} [{rank.lower}, {rank.upper}]; {rank.note}"
        if rank.value is not None:
            return "confident", low == high == rank.value, said
        answer = "bounds" if rank.status == "at least" else "undecided"
        return answer, rank.lower <= high and low <= rank.upper, said

    return _verdict(question, ask, judge, true, plain)


def of_rank_with_kinks(question, ask, kinks, rest):
    """A verdict on a `Rank` on samples of which some have no derivative.

    Args:
        question: What is asked.
        ask: Asks it.
        kinks: Number of samples without a derivative.
        rest: Rank on the others.
    """

    def judge(rank):
        said = f"{rank.value} {rank.status} [{rank.lower}, {rank.upper}]; {rank.note}"
        warned = rank.value is None or "derivative" in (rank.note or "")
        bounds = "bounds" if rank.status == "at least" else "undecided"
        answer = bounds if rank.value is None else "confident"
        return answer, warned and rank.upper >= rest, said

    true = f"{rest} without {kinks} samples on kinks"
    return _verdict(question, ask, judge, true, None)


def of_size(question, ask, *, least=None, known=None):
    """A verdict on a `SampleSize`.

    Args:
        question: What is asked.
        ask: Asks it.
        least: The true size, where it is known.
        known: The least rank among some parameters that express the target: no size
            above it is right.
    """

    def judge(size):
        said = f"{size.value} {size.status}"
        if size.value is None:
            return "undecided", True, said
        if size.status == "upper bound":
            return "bounds", least is None or size.value >= least, said
        right = size.value <= known if least is None else size.value == least
        return "confident", right, said

    true = str(least) if known is None else f"at most {known}"
    return _verdict(question, ask, judge, true, None)


def of_guarantee(question, ask, seen, rank):
    """A verdict on a `Guarantee`, by exact ranks at the parameters of the target.

    It holds if the ranks are equal. If they are not, it can hold only at other
    parameters with the same function, whose rank is another.
    """

    def judge(verdict):
        said = f"{verdict.holds}: {verdict.rank_s} of {verdict.rank}"
        if verdict.holds is None:
            return "undecided", True, said
        elsewhere = verdict.rank != rank and seen < rank
        return "confident", verdict.holds == (seen == rank) or elsewhere, said

    return _verdict(question, ask, judge, f"{seen} of {rank}", None)


def of_answer(question, ask, truth):
    """A verdict on a number or a yes or no, where None is undecided."""

    def judge(said):
        answer = "undecided" if said is None else "confident"
        return answer, said is None or said == truth, str(said)

    return _verdict(question, ask, judge, str(truth), None)


def of_words(question, ask, allowed):
    """A verdict in words, which has to contain one of those that are right."""

    def judge(said):
        answer = "undecided" if "undecided" in said else "confident"
        return answer, any(word in said for word in allowed), said

    return _verdict(question, ask, judge, " or ".join(allowed), None)


def _verdict(question, ask, judge, true, plain):
    try:
        answer, right, said = judge(ask())
    except ValueError as refusal:
        answer, right, said = "refused", True, str(refusal)
    except Exception as crash:  # a crash is a wrong answer, whatever its type
        answer, right, said = "crash", False, f"{type(crash).__name__}: {crash}"
    return Verdict("", question, answer, right, said[:300], true, plain)
