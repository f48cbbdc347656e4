"""Which arguments of a function are inputs, which parameters, which options."""

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._sources import LawSource

Option = str | bool | float | None


@dataclasses.dataclass(frozen=True)
class LawArguments:
    """The arguments of a law.

    Attributes:
        inputs: Names of the inputs.
        parameters: Starting values of the parameters by name, in the order of the
            arguments.
        options: Texts, truth values and None, which stay as they are.
    """

    inputs: tuple[str, ...]
    parameters: dict[str, float]
    options: dict[str, Option]


def read_arguments(
    law: LawSource, inputs: tuple[str, ...] | None, start: Mapping[str, float]
) -> LawArguments:
    """Divide the arguments of a law into inputs, parameters and options.

    Raises:
        ValueError: An argument is neither an input nor has a starting value, an input
            is no argument, or a starting value is no finite real number.
    """
    arguments = inspect.signature(law.function).parameters
    _check_arguments(law, arguments)
    empty = inspect.Parameter.empty
    values: dict[str, Any] = {
        n: a.default for n, a in arguments.items() if a.default is not empty
    }
    values |= law.start | dict(start)
    inputs = inputs or law.inputs or tuple(n for n in arguments if n not in values)
    _check_names(law, arguments, inputs, start, values)
    rest = {n: values[n] for n in arguments if n not in inputs}
    options = {n: v for n, v in rest.items() if _is_option(v)}
    numbers = {n: _number(law, n, v) for n, v in rest.items() if n not in options}
    return LawArguments(inputs, numbers, options)


def _check_arguments(
    law: LawSource, arguments: Mapping[str, inspect.Parameter]
) -> None:
    for name, argument in arguments.items():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            raise ValueError(
                f"{law.name} takes any number of arguments ({argument}); give each "
                f"one a name of its own in place of {name}."
            )


def _check_names(law, arguments, inputs, start, values) -> None:
    known = f"{law.name} has the arguments {', '.join(arguments)}"
    for role, names in (("input", inputs), ("parameter", start)):
        for name in names:
            if name not in arguments:
                raise ValueError(f"{known}, and no {role} {name!r}.")
    if not inputs:
        raise ValueError(f"{known}, and none is an input; name the inputs.")
    for name in arguments:
        if name not in inputs and name not in values:
            numbers = [n for n in values if n not in inputs]
            raise ValueError(
                f"{law.name} has the argument {name!r}, which is neither an input "
                f"({', '.join(inputs)}) nor a parameter with a starting value "
                f"({', '.join(numbers) or 'none'}); write {name}=1.0 in its first "
                "line, or name it among the inputs."
            )


def _is_option(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | np.bool_)


def _number(law: LawSource, name: str, value: Any) -> float:
    if isinstance(value, complex | np.complexfloating) or np.ndim(value):
        kind = f"an array of {np.size(value)} numbers"
        kind = kind if np.ndim(value) else "a complex number"
        raise ValueError(
            f"{name} of {law.name} is {kind}; expected one real number: write each "
            "part as an argument of its own."
        )
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} of {law.name} starts at {value!r}; expected a number."
        ) from None
    if not np.isfinite(number):
        raise ValueError(
            f"{name} of {law.name} starts at {number}; expected a finite number."
        )
    return number
