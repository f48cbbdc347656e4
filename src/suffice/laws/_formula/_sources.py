"""What a law can be written in: a function, an lmfit model, a sympy expression."""

import dataclasses
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True)
class LawSource:
    """A law as the user wrote it.

    Attributes:
        function: A plain function.
        name: Its name.
        text: Its text, or nothing.
        inputs: The inputs that it names itself; None leaves that to its arguments.
        start: Starting values that it brings along.
        bounds: Bounds that it brings along.
        fixed: Parameters that it does not vary.
    """

    function: Callable[..., Any]
    name: str
    text: str = ""
    inputs: tuple[str, ...] | None = None
    start: dict[str, float] = dataclasses.field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    fixed: tuple[str, ...] = ()


def written(law: Any) -> LawSource:
    """Read what was given as a law.

    Raises:
        ValueError: It is neither a function, nor an lmfit model, nor an expression.
    """
    kinds = {
        f"{c.__module__.partition('.')[0]}.{c.__name__}" for c in type(law).__mro__
    }
    if "lmfit.Model" in kinds:
        return _lmfit(law)
    if "sympy.Expr" in kinds:
        return _sympy(law)
    if not callable(law):
        raise ValueError(
            f"function is {law!r}; expected a function of inputs and parameters, an "
            "lmfit Model or a sympy expression."
        )
    return LawSource(law, getattr(law, "__name__", type(law).__name__), _text(law))


def _text(function: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError):
        return ""


def _lmfit(model: Any) -> LawSource:
    """An lmfit model, with the starting values and bounds of its parameters."""
    parameters = model.make_params()
    names, inputs = list(parameters), list(model.independent_vars)

    def evaluated(**values):
        return model.eval(parameters, **values)

    kinds = inspect.Parameter.KEYWORD_ONLY
    evaluated.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kinds) for name in (*inputs, *names)]
    )
    start = {n: p.value for n, p in parameters.items() if abs(p.value) < float("inf")}
    plain = not model.components or len(model.components) == 1
    function = model.func if plain and not model.prefix else evaluated
    return LawSource(
        function if set(names) <= set(_arguments(function)) else evaluated,
        str(getattr(model, "_name", "model")),
        _text(model.func) if plain else str(model),
        tuple(inputs),
        start,
        {n: (p.min, p.max) for n, p in parameters.items()},
        tuple(n for n, p in parameters.items() if not p.vary),
    )


def _arguments(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def _sympy(expression: Any) -> LawSource:
    """A sympy expression; its symbols are inputs and parameters."""
    import sympy

    symbols = sorted(expression.free_symbols, key=str)
    function = sympy.lambdify(symbols, expression, modules="jax")
    text = str(expression)
    return LawSource(function, text if len(text) < 40 else "expression", text)
