"""The page of an audit: what was asked, what was found, and what it rests on."""

import html

from suffice._core import plural, short
from suffice.auditing import Audit
from suffice.report._figures._audit import learning_figure, next_figure, width_figure
from suffice.report._page._render import card, document, drawn, paragraph, table

from . import _audit_sentences as words
from ._audit_tables import (
    learning_grid,
    next_grid,
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
    "What is said about noise is linear: it holds for small errors, independent from "
    "one measurement to the next, inside the region of the data.",
    "Candidates are judged by what they tell about the fitted function. They do not "
    "look for surprises elsewhere.",
)


def audit_page(audit: Audit, *, command: str = "") -> str:
    """The page of an audit, one self-contained HTML document.

    Args:
        audit: What was found.
        command: The command line that made it, printed at the end.
    """
    title = f"How many samples does {audit.target} need?"
    body = "\n".join(
        [
            f"<h1>{html.escape(title)}</h1>",
            paragraph(_origin(audit), "soft"),
            _cards(audit),
            paragraph(words.answer(audit)),
            paragraph(words.verdict(audit)),
            _notes(audit),
            *_width(audit),
            *_sufficiency(audit),
            *_learning(audit),
            *_next(audit),
            "<h2>What these answers rest on</h2>",
            "<ul>"
            + "".join(f"<li>{html.escape(line)}</li>" for line in LIMITS)
            + "</ul>",
            _footer(command),
        ]
    )
    return document(title, body)


def _origin(audit: Audit) -> str:
    names = ", ".join(audit.inputs)
    return f"{audit.source}: {audit.rows} samples of {audit.target} from {names}."


def _cards(audit: Audit) -> str:
    found, size = audit.sufficiency, audit.sample_size
    width = audit.widths.width
    law = plural(width, "neuron") if width else audit.widths.name
    seen = found.guarantee
    holds = seen.holds if seen is not None else None
    verdict = {True: "suffice", False: "do not suffice", None: "undecided"}[holds]
    exact = audit.widths.exact
    cards = [
        card("intrinsic width", law, "noise-free law" if exact else "best supported"),
        card("samples needed", str(size.value or "undecided"), "at least"),
        card("your samples", f"{audit.rows}", verdict),
        card("one sample off the fit", "none" if exact else short(found.noise),
             "met to rounding" if exact else f"typical prediction error "
             f"{short(found.typical_error)}"),
    ]  # fmt: skip
    return f'<div class="cards">{"".join(cards)}</div>'


def _notes(audit: Audit) -> str:
    if not audit.notes:
        return ""
    return f"<p>About the table:</p>{_listed(audit.notes)}"


def _listed(sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>"


def _width(audit: Audit) -> list[str]:
    w = audit.widths
    caption = (
        f"Share of the variance of {audit.target} that a model leaves unexplained: "
        "100 % is no better than the mean. Each model was fitted from many random "
        f"starts, {w.folds} times, each time with another part of the samples left "
        "out. The smallest model within one standard error of the best is chosen"
        f"{'; here one meets the data to rounding' if w.exact else ''}. No wider "
        f"network was tried, because {w.stopped}."
    )
    return [
        "<h2>How complicated is the law?</h2>",
        drawn(width_figure(audit), "width", caption),
        table(width_grid(audit)),
    ]


def _sufficiency(audit: Audit) -> list[str]:
    explained = (
        "A function with that many parameters can change in as many directions. A "
        "sample sees some of them; the samples determine the function when together "
        "they see all. Kappa says how badly the least visible direction is seen: an "
        "error of root mean square e on the samples can become kappa times e elsewhere."
    )
    return [
        "<h2>Do your samples determine it?</h2>",
        paragraph(words.need(audit)),
        paragraph(words.fewest(audit)),
        table(verdict_grid(audit)),
        paragraph(explained, "soft"),
    ]


def _learning(audit: Audit) -> list[str]:
    caption = (
        "Random subsets of your samples were fitted and tested on the others. The line "
        "is the median over random splits, the band holds the middle 80 % of them. Red "
        "lines are sample sizes that the theory singles out; the table says what "
        "happens there."
    )
    return [
        "<h2>How the error falls with more samples</h2>",
        paragraph(words.jump(audit)),
        drawn(learning_figure(audit), "learning", caption),
        table(threshold_grid(audit)),
        table(learning_grid(audit)),
    ]


def _next(audit: Audit) -> list[str]:
    head = ["<h2>What to measure next</h2>", paragraph(words.proposal(audit))]
    if audit.next is None:
        return head
    caption = (
        "Every input in the range that was measured: grey, the samples at hand; red, "
        "the proposals, numbered in the order in which to measure them."
    )
    return [*head, drawn(next_figure(audit), "next", caption), table(next_grid(audit))]


def _footer(command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    return (
        f"<footer>{made}<p>Sources: optimistic sample size, arXiv:2307.08921; local "
        "linear recovery, arXiv:2406.18035; separation, arXiv:2309.00508. The page "
        "needs no network.</p></footer>"
    )
