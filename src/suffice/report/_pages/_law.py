"""The page of a law: what is determined, what the data say, what to measure."""

from suffice._core import percent, short
from suffice._core.literature import bases
from suffice.laws import Design, LawAnswer, LawFit
from suffice.report._figures._law import design_figure, fit_figure, profile_figure
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

from ._law_tables import (
    about_combinations,
    about_fit,
    comparison_grid,
    design_grid,
    noise_grid,
    parameter_grid,
)

LIMITS = (
    "What any data can determine is a local answer, at almost all values of the "
    "parameters: finitely many other solutions may fit as well.",
    "Intervals rest on independent errors of equal size, or of the given standard "
    "deviations, and on the law being right.",
    "The best places to measure depend on the parameters: choose again after each "
    "batch.",
)


def law_page(answer: LawAnswer, *, command: str = "") -> str:
    """The page of a law, one self-contained HTML document.

    Args:
        answer: The result of `suffice identify`, or parts put together in Python.
        command: The command line that made it, printed at the end.

    Examples:
        >>> from suffice.laws import LawAnswer
        >>> def decay(t, a=1.0, b=1.0):
        ...     return a * b * jnp.exp(-t)
        >>> rate = sf.law(decay, inputs=["t"])
        >>> known = sf.identify(rate)
        >>> answer = LawAnswer(law=rate, formula="a b exp(-t)", determined=known)
        >>> page = sf.report.law_page(answer)
        >>> answer.headline() in page
        True
    """
    name, fit = answer.law.name, answer.fit
    source = "" if fit is None else f"{fit.table}: {fit.rows} rows."
    return rendered(
        Page(
            title=f"What determines {name}?",
            subtitle=source or f"Inputs: {', '.join(answer.law.inputs)}.",
            cards=_cards(answer),
            lead=(answer.determined.headline(), *about_combinations(answer)),
            sections=(
                _fit(fit),
                _profiles(fit),
                _others(answer),
                _design(answer),
                Section("What these answers rest on", (Bullets(LIMITS),), (bases.LAW,)),
            ),
            command=command,
            details=(("The law", answer.formula),) if answer.formula else (),
        )
    )


def _cards(answer: LawAnswer) -> tuple[Card, ...]:
    found, fit = answer.determined, answer.fit
    count = f"{found.rank.lower} of {len(found.parameters)}"
    cards = [Card("determined", count, f"by any data, {found.rank.status}", bases.LAW)]
    if fit is None:
        return tuple(cards)
    cards += [
        Card(e.name, short(e.value, 4), f"in {e.between}", bases.LAW_FIT)
        for e in fit.estimates
        if e.determined
    ]
    return tuple(cards[:4])


def _fit(fit: LawFit | None) -> Section | None:
    if fit is None:
        return None
    pictures = [
        Picture(
            f"fit{output}",
            fit_figure(fit, output),
            f"{fit.rows} measurements of {target} and the fitted law.",
            f"Measurements of {target} in grey, the fitted law in blue"
            + (
                ", with its 95 % band."
                if len(fit.data.inputs) == 1
                else ": points on the line are met."
            ),
        )
        for output, target in enumerate(fit.data.targets)
    ]
    parts = (*about_fit(fit), parameter_grid(fit), *pictures, noise_grid(fit))
    return Section("What your data determine", parts, (bases.LAW_FIT,))


def _profiles(fit: LawFit | None) -> Section | None:
    if fit is None or not fit.noise or not any(e.profile for e in fit.estimates):
        return None
    caption = (
        "How the sum of squares rises when one parameter is held away from its fitted "
        "value and the others are fitted again. Every line of a linear law is "
        "straight; a line that bends makes a lopsided interval, a line that levels off "
        "an open one."
    )
    seen = f"Profiles of {', '.join(e.name for e in fit.estimates if e.profile)}."
    picture = Picture("profiles", profile_figure(fit), seen, caption)
    return Section("How far each parameter may move", (picture,), (bases.LAW_FIT,))


def _others(answer: LawAnswer) -> Section | None:
    if (found := answer.comparison) is None:
        return None
    return Section(
        "Which law", (found.headline(), comparison_grid(found)), (bases.LAW_FIT,)
    )


def _design(answer: LawAnswer) -> Section | None:
    needed = answer.needed
    rows = (needed.headline(), needed.note or "") if needed else ()
    parts = (*_places(answer.design, answer.fit), *rows)
    if not parts:
        return None
    return Section("What to measure next", parts, (bases.LAW_DESIGN,))


def _places(design: Design | None, fit: LawFit | None) -> tuple[Part, ...]:
    if design is None:
        return ()
    caption = (
        "Measured places in grey; those of the design in orange, larger where more."
    )
    seen = f"The places of the design: {design.headline()}"
    picture = Picture("design", design_figure(design, fit), seen, caption)
    certain = None
    if design.efficiency is not None:
        certain = Soft(
            "No design on these candidates needs fewer measurements than "
            f"{percent(design.efficiency)} of those of this one."
        )
    return (design.headline(), design_grid(design), picture, certain)
