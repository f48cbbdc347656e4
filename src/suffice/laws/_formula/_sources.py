"""What a law can be written in: a function, an lmfit model, a sympy expression."""

import dataclasses
import inspect
import math
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
        opaque: Whether it runs code of a library that JAX cannot trace.
    """

    function: Callable[..., Any]
    name: str
    text: str = ""
    inputs: tuple[str, ...] | None = None
    start: dict[str, float] = dataclasses.field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    opaque: bool = False


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
    names, inputs = list(parameters), [str(n) for n in model.independent_vars]

    def evaluated(**values):
        return model.eval(parameters, **values)

    kinds = inspect.Parameter.KEYWORD_ONLY
    evaluated.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kinds) for name in (*inputs, *names)]
    )
    plain = len(model.components) == 1 and set(names) <= set(_arguments(model.func))
    return LawSource(
        function=model.func if plain else evaluated,
        name=model.func.__name__ if plain else "model",
        text=_text(model.func) if plain else str(model.name),
        inputs=tuple(inputs),
        start={n: p.value for n, p in parameters.items() if abs(p.value) < math.inf},
        bounds={n: (p.min, p.max) for n, p in parameters.items()},
        fixed=tuple(n for n, p in parameters.items() if not p.vary),
        opaque=not plain,
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
