"""A law as text for a terminal."""

from suffice.laws import LawAnswer
from suffice.report._page._grid import Grid

from ._auditing._text import aligned, wrapped
from ._law_tables import (
    about_combinations,
    about_fit,
    comparison_grid,
    design_grid,
    noise_grid,
    parameter_grid,
)


def law_text(answer: LawAnswer) -> str:
    """What is known of a law as text.

    Args:
        answer: The result of `suffice identify`, or parts put together in Python.

    Examples:
        >>> from suffice.laws import LawAnswer
        >>> def decay(t, a=1.0, b=1.0):
        ...     return a * b * jnp.exp(-t)
        >>> rate = sf.law(decay, inputs=["t"])
        >>> known = sf.identify(rate)
        >>> answer = LawAnswer(law=rate, formula="a b exp(-t)", determined=known)
        >>> text = sf.report.law_text(answer)
        >>> print(text[: text.index("Note")].strip())
        Any data
          Only a*b is determined by measurements at t from 0.01 to 10 (measured); a and
        b are
          not.
    """
    found, fit = answer.determined, answer.fit
    parts = [*_section("Any data", [found.headline(), *about_combinations(answer)])]
    if found.note:
        parts.append(wrapped(f"Note: {found.note}"))
    if fit is not None:
        said = [fit.headline(), *about_fit(fit)]
        parts += _section("Your data", said, parameter_grid(fit), noise_grid(fit))
    if (compared := answer.comparison) is not None:
        said = [compared.headline()]
        parts += _section("Other laws", said, comparison_grid(compared))
    if (design := answer.design) is not None:
        parts += _section("Measure next", [design.headline()], design_grid(design))
    if answer.needed is not None:
        said = [answer.needed.headline(), answer.needed.note or ""]
        parts += _section("How many more", [*filter(None, said)])
    return "\n".join(parts).strip()


def _section(name: str, sentences: list[str], *grids: Grid) -> list[str]:
    told = [wrapped(sentence) for sentence in sentences]
    return [f"\n{name}", *told, *map(aligned, grids)]
