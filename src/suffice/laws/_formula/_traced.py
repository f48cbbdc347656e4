"""A law that JAX can differentiate: as it is, with `jax.numpy`, or by differences."""

import inspect
import math
import types
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._differences import by_differences
from ._sources import LawSource

DIFFERENCES = (
    "the law cannot be traced by JAX, so that it is differentiated by finite "
    "differences, and its rank is measured only; write it with jax.numpy for exact "
    "derivatives."
)
Call = Callable[[dict[str, Any]], Any]


def traceable(
    law: LawSource,
    options: dict[str, Any],
    inputs: tuple[str, ...],
    start: dict[str, float],
) -> tuple[Call, str | None]:
    """A call by named numbers that JAX can trace, and what to say about it.

    Raises:
        ValueError: The law branches on the value of an input or a parameter, or fails
            for a reason of its own.
    """
    names = (*inputs, *start)
    known = {**dict.fromkeys(inputs, 0.7), **start}
    if law.opaque:
        return _by_differences(law, options, names, known)
    direct = _call(law.function, options)
    try:
        jax.eval_shape(direct, known)
    except jax.errors.TracerBoolConversionError:
        raise ValueError(
            f"{law.name} branches on a number (if, and, or, min, max); write "
            "jnp.where(condition, a, b), jnp.minimum or jnp.maximum instead."
        ) from None
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
        plain = _plain(law, options, names)
        replaced = _call(_with_jax(law.function), options)
        if _agree(plain, replaced, known):
            return replaced, None
        return _by_differences(law, options, names, known)
    except (TypeError, ValueError, AttributeError, NameError, KeyError) as error:
        said = " ".join(str(error).split())[:200]
        raise ValueError(f"{law.name} cannot be evaluated: {said}") from error
    return direct, None


def derivative_of(name: str, call: Call, known: dict[str, float]) -> Callable:
    """What differentiates a call: forwards, or backwards where it allows that only.

    Parameters are few, so that forwards is the faster way, and it passes through loops
    of unknown length. A function with a rule for the other way refuses it.

    Raises:
        ValueError: It can be differentiated neither way.
    """
    for derivative in (jax.jacfwd, jax.jacrev):
        try:
            jax.eval_shape(derivative(call), known)
        except (TypeError, ValueError) as error:
            said = " ".join(str(error).split())[:200]
        else:
            return derivative
    raise ValueError(f"{name} cannot be differentiated: {said}")


def _call(function: Callable, options: dict[str, Any]) -> Call:
    """The function by named arguments; several outputs are stacked."""
    arguments = inspect.signature(function).parameters.values()

    def call(given: dict[str, Any]) -> Any:
        every = options | given
        places = [every[a.name] for a in arguments if a.kind is not a.KEYWORD_ONLY]
        named = {a.name: every[a.name] for a in arguments if a.kind is a.KEYWORD_ONLY}
        found = function(*places, **named)
        if isinstance(found, list | tuple):
            found = jnp.stack([jnp.asarray(part, float) for part in found])
        if jnp.iscomplexobj(found):
            raise ValueError("it returns complex numbers; expected real ones.")
        return jnp.asarray(found, float)

    return call


def _plain(law: LawSource, options: dict[str, Any], names: tuple[str, ...]) -> Callable:
    """The function of a vector of numbers, evaluated outside JAX."""
    arguments = inspect.signature(law.function).parameters.values()

    def plain(values):
        every = options | dict(zip(names, np.asarray(values).tolist(), strict=True))
        places = [every[a.name] for a in arguments if a.kind is not a.KEYWORD_ONLY]
        named = {a.name: every[a.name] for a in arguments if a.kind is a.KEYWORD_ONLY}
        with np.errstate(all="ignore"):
            return np.squeeze(np.asarray(law.function(*places, **named), float))

    return plain


def _by_differences(
    law: LawSource, options: dict[str, Any], names: tuple[str, ...], known: dict
) -> tuple[Call, str]:
    plain = _plain(law, options, names)
    shape = plain(np.array(list(known.values()))).shape
    return by_differences(plain, names, shape), DIFFERENCES


def _with_jax(function: Callable) -> Callable:
    """A copy of a function, and of its helpers, with `jax.numpy` in place of numpy."""
    if not isinstance(function, types.FunctionType):
        return function
    names: dict[str, Any] = {}

    def copied(value: Any) -> Any:
        if not isinstance(value, types.FunctionType):
            return _counterpart(value)
        if value.__globals__ is not function.__globals__:
            return _counterpart(value)
        copy = types.FunctionType(
            value.__code__, names, value.__name__, value.__defaults__, value.__closure__
        )
        copy.__kwdefaults__ = value.__kwdefaults__
        return copy

    names.update({name: copied(v) for name, v in function.__globals__.items()})
    return copied(function)


def _counterpart(value: Any) -> Any:
    """What JAX has in place of a module or function of numpy, scipy or math."""
    if value is np or value is math:
        return jnp
    if isinstance(value, types.ModuleType) and value.__name__ == "scipy.special":
        return jax.scipy.special
    if isinstance(value, np.ufunc) or getattr(value, "__module__", "") == "math":
        return getattr(jnp, value.__name__, value)
    return value


def _agree(plain: Callable, replaced: Call, known: dict[str, float]) -> bool:
    """Whether both forms have the same value, so that one may stand for the other."""
    try:
        found = np.asarray(jax.jit(replaced)(known))
    except Exception:  # whatever fails in the copy, the function itself remains
        return False
    expected = plain(np.array(list(known.values())))
    return found.shape == expected.shape and np.allclose(
        found, expected, rtol=1e-9, atol=0, equal_nan=True
    )
