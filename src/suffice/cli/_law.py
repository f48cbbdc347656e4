"""A law of the user's own from the flags that describe it."""

import inspect
from typing import Any

from ._common import once
from ._models import member

Held = list[tuple[str, str | None]]


def law_in(name: str, inputs: tuple[str, ...] | None = None, **rest: Any) -> Any:
    """The law `FILE.py:NAME`, whose file is executed.

    Args:
        name: Name of the law; one that `sf.law` made is taken as it is.
        inputs: Names of its inputs; None leaves that to the law.
        **rest: What else `suffice.laws.law` takes.
    """
    from suffice.laws import Law, law

    function = member(name, "law")
    return function if isinstance(function, Law) else law(function, inputs, **rest)


def law_of(options: Any) -> tuple[Any, Held]:
    """The law that the flags of `suffice identify` describe.

    Returns:
        The law, and the inputs that stay, with their values.

    Raises:
        ValueError: A flag names no parameter, or the law cannot be read.
    """
    from suffice.laws import Law, law

    function = member(options.file, "law")
    held = [_pair(words) for words in once(options.fixed, "fixed")]
    if isinstance(function, Law):
        _check_made(options, held, function)
        return function, held
    inputs = options.inputs or _columns(function, options)
    inputs = law(function, inputs).inputs
    still = [pair for pair in held if pair[0] in inputs]
    for name, value in still:
        if value is None:
            raise ValueError(f"--fixed names the input {name!r} without a value.")
    rest = [pair for pair in held if pair not in still]
    made = law(
        function,
        inputs,
        fixed=[name for name, _ in rest],
        start={name: _number(v, "fixed") for name, v in rest if v is not None},
        positive=options.positive,
        bounds={
            name: (low, high) for name, low, high in once(options.bounds, "bounds")
        },
    )
    return made, still


def width_of(text: str, value: float) -> float:
    """A width in the unit of a value, or such as 10 % of it."""
    number = _number(text.rstrip("%"), "want")
    return number / 100 * abs(value) if text.endswith("%") else number


def _check_made(options: Any, held: Held, law: Any) -> None:
    """Raise an error for flags that say what a law that is made says already."""
    said = [name for name in ("inputs", "positive", "bounds") if getattr(options, name)]
    said += ["fixed"] * any(name not in law.inputs for name, _ in held)
    if said:
        raise ValueError(
            f"{options.file} is what sf.law made; say there what --{said[0]} says here."
        )


def _pair(words: tuple[str, ...]) -> tuple[str, str | None]:
    name, *value = words
    if len(value) > 1:
        raise ValueError(
            f"--fixed is {' '.join(words)}; expected a name and, if it has another one "
            "than at the start, its value; give the flag once for each."
        )
    return name, value[0] if value else None


def _columns(function: Any, options: Any) -> tuple[str, ...] | None:
    """The arguments of a function that are columns of the table."""
    if options.at is None or not inspect.isfunction(function):
        return None
    from suffice._core.tables import read_frame

    columns = set(read_frame(options.at).columns) - {*options.target}
    names = inspect.signature(function).parameters
    return tuple(name for name in names if name in columns) or None


def _number(text: str, flag: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--{flag} holds {text!r}; expected a number.") from None
