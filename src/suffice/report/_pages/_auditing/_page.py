"""The page of an audit: the question, the answers, and what they rest on."""

from suffice._core import percent, plural, short
from suffice._core.literature import bases, publication
from suffice.auditing import Audit
from suffice.auditing._shared import counted, USED
from suffice.report._figures._audit import learning_figure, next_figure, width_figure
from suffice.report._page._describe import (
    Bullets,
    Card,
    Page,
    Part,
    Picture,
    Section,
    Soft,
)
from suffice.report._page._render import rendered

from . import _advice, _answer
from ._tables import (
    learning_grid,
    next_grid,
    relevance_grid,
    threshold_grid,
    verdict_grid,
    width_grid,
)

LIMITS = (
    "The sample size is necessary, not sufficient: below it no set of samples "
    "determines the function locally; at it well chosen samples do, and training must "
    "still find the function.",
    "It belongs to the function that was fitted. Where the data are noisy that is the "
    "simplest function they support, which may be simpler than the truth.",
    "The statements about noise are linear: they hold for small errors that are "
    "independent from one measurement to the next, inside the region of the data.",
    "Candidates are judged by what they tell about the fitted function, not by whether "
    "they could reveal that another function is true.",
)


def audit_page(audit: Audit, *, command: str = "") -> str:
    """The page of an audit, one self-contained HTML document.

    Args:
        audit: The result of `suffice.audit`.
        command: The command line that made it, printed at the end.

    Examples:
        >>> x = np.arange(12.0)
        >>> table = sf.auditing.Table(("x",), "y", x[:, None], np.tanh(x - 6))
        >>> quick = {"max_width": 1, "folds": 2, "restarts": 4, "splits": 2}
        >>> page = sf.report.audit_page(sf.audit(table, **quick), command="by hand")
        >>> page.startswith("<!doctype html>"), "by hand" in page
        (True, True)
    """
    return rendered(
        Page(
            title=f"How many samples does {audit.target} need?",
            subtitle=_origin(audit),
            cards=_cards(audit),
            lead=_lead(audit),
            sections=(
                _width(audit),
                _sufficiency(audit),
                _relevance(audit),
                _learning(audit),
                _next(audit),
                Section(
                    "What these answers rest on", (Bullets(LIMITS),), (bases.AUDIT,)
                ),
            ),
            command=command,
            cited=(publication("2307.08921"),),
        )
    )


def _lead(audit: Audit) -> tuple[Part, ...]:
    said = (
        *_answer.laws(audit),
        _answer.diagnosis(audit),
        _answer.verdict(audit),
    )
    return (*(sentence for sentence in said if sentence), *_notes(audit))


def _origin(audit: Audit) -> str:
    names = ", ".join(audit.columns)
    whence = f"{audit.source}: " if audit.source else ""
    return f"{whence}{counted(audit)} samples of {audit.target} from {names}."


def _cards(audit: Audit) -> tuple[Card, ...]:
    sufficiency, size = audit.sufficiency, audit.sample_size
    width = audit.widths.width
    law = plural(width, "neuron") if width else audit.widths.name
    verdicts = {True: "suffice for it", False: "do not suffice", None: "undecided"}
    guarantee = sufficiency.guarantee
    verdict = verdicts[None if guarantee is None else guarantee.holds]
    return (
        Card(
            "simplest description",
            law,
            _standing(audit),
            bases.CHOICE,
        ),
        Card(
            "samples needed",
            str(size.value or "undecided"),
            "for this description",
            bases.SIZE,
        ),
        Card("your samples", counted(audit), verdict, bases.GUARANTEE),
        _noise_card(audit),
    )


def _standing(audit: Audit) -> str:
    """How good the chosen description is, in a few words."""
    if audit.widths.exact:
        return "noise-free law"
    rival = audit.references.better
    if rival is None:
        return "best supported"
    return f"{audit.references.names[rival]} predicts better"


def _noise_card(audit: Audit) -> Card:
    noise = audit.sufficiency.noise
    if audit.data.kind == "class":
        right, base = _answer.told_right(audit)
        remark = f"of unseen rows; {percent(base)} without inputs"
        return Card("told right", percent(right), remark, bases.CHANCES)
    if audit.data.kind == "count":
        remark = "times that of Poisson counts"
        return Card("scatter", short(audit.predictor.scatter), remark, bases.CHANCES)
    if audit.widths.exact:
        return Card("noise", "none", "met to rounding", bases.CHOICE)
    return Card("noise", short(noise.value), f"from {noise.source}", bases.NOISE_LEVEL)


def _notes(audit: Audit) -> tuple[Part, ...]:
    return ("About the table:", Bullets(audit.notes)) if audit.notes else ()


def _width(audit: Audit) -> Section:
    w = audit.widths
    seen = (
        f"Error of {plural(len(w.names), 'model')} on unseen samples, smallest model "
        f"first. The chosen one, {w.names[w.chosen]}, leaves "
        f"{percent(w.error[w.chosen])} of the variance."
    )
    compared = "; models in brackets are for comparison"
    compared = compared if audit.references.names else ""
    caption = (
        f"Share of the variance of {audit.target} that a model leaves unexplained: "
        "100 % is no better than the mean. Each model was fitted from many random "
        f"starts, {w.folds} times, each time with another part of the samples left "
        "out. The smallest model that is behind the best one by at most one standard "
        f"error of their difference is chosen{compared}. No wider network was tried, "
        f"because {w.stopped}."
    )
    picture = Picture("width", width_figure(audit), seen, caption)
    return Section(
        "How complicated is the law?", (picture, width_grid(audit)), (bases.CHOICE,)
    )


def _sufficiency(audit: Audit) -> Section:
    explained = (
        "A function with that many parameters can change in as many directions. A "
        "sample sees some of them; the samples determine the function when together "
        "they see all. Kappa says how badly the least visible direction is seen: an "
        "error of root mean square e on the samples can become kappa times e elsewhere."
    )
    noise = bases.NOISE_LEVEL if audit.data.kind == "number" else bases.CHANCES
    return Section(
        "Do your samples determine it?",
        (
            _answer.need(audit),
            _answer.asked(audit),
            _answer.fewest(audit),
            verdict_grid(audit),
            Soft(explained),
        ),
        (bases.SIZE, bases.GUARANTEE, bases.AMPLIFICATION, noise),
    )


def _relevance(audit: Audit) -> Section | None:
    if audit.relevance is None:
        return None
    explained = (
        "An input is replaced by other values that the other inputs allow, "
        f"{audit.relevance.shuffles} times, and unseen samples are predicted again. "
        "The error without it is the mean of these errors; with all inputs the error "
        f"is {percent(audit.widths.error[audit.widths.chosen])}. The share of "
        "replacements that predict as well as the input itself is p, which counts the "
        f"input itself as one. An input is called used if p is at most {percent(USED)}."
    )
    return Section(
        "Which inputs matter?",
        (_answer.relevance(audit), relevance_grid(audit), Soft(explained)),
        (bases.INPUTS,),
    )


def _learning(audit: Audit) -> Section:
    curve = audit.learning
    seen = (
        f"Error on unseen samples against the number of samples fitted, from "
        f"{curve.n[0]} to {curve.n[-1]}: the mean changes from "
        f"{percent(curve.error[0])} to {percent(curve.error[-1])} of the variance."
    )
    caption = (
        "Random subsets of your samples were fitted and tested on the others. The line "
        f"is the {'median' if audit.widths.exact else 'mean'} over random splits, the "
        "band holds the middle 80 % of them. "
        f"{_foretold(audit)}Orange lines are sample sizes that the theory singles out; "
        "the table says what happens there."
    )
    return Section(
        "How the error falls with more samples",
        (
            _advice.jump(audit),
            _advice.continued(audit),
            Picture("learning", learning_figure(audit), seen, caption),
            threshold_grid(audit),
            learning_grid(audit),
        ),
        (bases.SIZE, bases.SEPARATION, bases.MORE_ROWS),
    )


def _foretold(audit: Audit) -> str:
    if audit.forecast is None:
        return ""
    return "The broken line continues it, in a band that holds in four of five tables. "


def _next(audit: Audit) -> Section:
    parts: list[Part] = [_advice.proposal(audit), _advice.more(audit)]
    if audit.next is not None:
        count = len(audit.next.x)
        seen = (
            f"Each of {plural(len(audit.inputs), 'input')} from its least to its "
            f"largest measured value: {audit.rows} samples in grey, and "
            f"{plural(count, 'proposed measurement')} in orange, numbered in order."
        )
        caption = (
            "Every input in the range that was measured: grey, the samples at hand; "
            "orange, the proposals, numbered in the order in which to measure them."
        )
        picture = Picture("next", next_figure(audit), seen, caption)
        parts += [picture, next_grid(audit)]
    return Section("What to measure next", tuple(parts), (bases.NEXT,))
