"""Conversion of frozen dataclasses to tables of TOML and JSON, and back."""

import dataclasses
import functools
import math
import re
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, get_args, get_origin, get_type_hints, Literal, Union

import numpy as np

from suffice._core import did_you_mean

SCALARS = {bool: "true or false", int: "an int", float: "a float", str: "a text"}
NOT_FINITE = ("inf", "-inf", "nan")
KIND = "kind"


def to_plain(obj: Any) -> Any:
    """Convert a frozen dataclass into tables, lists, numbers and texts.

    A nested dataclass of another class than its field is annotated with becomes a
    tagged table, for instance `kind = "gradient-flow"` for a `GradientFlow`. Numbers
    that are not finite become texts, since JSON has no such numbers.

    Args:
        obj: A dataclass, or a value that its fields may hold: scalars, tuples, mappings
            with text keys, enum members, None.

    Raises:
        TypeError: A value cannot be converted, for instance an array or a function.
    """
    return plain_as(type(obj), obj)


def plain_as(hint: Any, value: Any) -> Any:
    """Convert a value whose field has the annotation `hint`, as `to_plain` does."""
    if value is None or type(value) in (int, str, bool):
        return value
    if _is_dataclass(type(value)):
        hints = field_types(type(value))
        names = [field.name for field in dataclasses.fields(value) if field.init]
        table = {name: plain_as(hints[name], getattr(value, name)) for name in names}
        return table if hint is type(value) else {KIND: tag(type(value)), **table}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if type(value) is float:
        return value
    if isinstance(value, (tuple, list)):
        return [plain_as(None, item) for item in value]
    if isinstance(value, Mapping):
        return {_text_key(key): plain_as(None, item) for key, item in value.items()}
    raise TypeError(
        f"a study holds {type(value).__name__}, which no TOML or JSON can hold; use "
        "numbers, texts, tuples and frozen dataclasses."
    )


def from_plain(cls: Any, data: Any, *, where: str = "") -> Any:
    """Convert a table into a dataclass, checking every name and every type.

    An integer is accepted for a float, but never a float for an integer. A union of
    dataclasses is given by a table with a `kind`; lists become tuples; `"none"` is None
    where None is allowed.

    Args:
        cls: A dataclass, or any annotation that one of its fields may have.
        data: Data read from TOML or JSON, or made by `to_plain`.
        where: Name of the table in error messages; by default that of the class.

    Raises:
        ValueError: A key is unknown or missing, or a value has another type; the
            message gives the dotted path.
        TypeError: A table cannot be converted to this annotation.
    """
    return _convert(cls, data, where or getattr(cls, "__name__", "value").lower())


@functools.cache  # a store with many cells asks for each of them
def field_types(cls: type) -> dict[str, Any]:
    """Return the annotations of a dataclass by field name."""
    return get_type_hints(cls)


def tag(cls: type) -> str:
    """Return the `kind` of a dataclass: its attribute, or its name in kebab case."""
    if isinstance(kind := getattr(cls, KIND, None), str):
        return kind
    if any(field.name == KIND for field in dataclasses.fields(cls)):
        raise TypeError(f"{cls.__name__} may not have a field named {KIND!r}.")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


def nearest_or_all(name: str, known: Sequence[str]) -> str:
    """Return the end of a complaint about a name: the nearest name, or all names."""
    return did_you_mean(name, known) or f"; known: {', '.join(known)}."


def _is_dataclass(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _text_key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the key {key!r} of a mapping in a study is not a text.")
    return key


def _convert(hint: Any, value: Any, where: str) -> Any:
    if type(hint) is type and hint in SCALARS:
        return _scalar(hint, value, where)
    origin = get_origin(hint)
    if origin is Annotated:
        return _convert(get_args(hint)[0], value, where)
    if hint is Any:
        return _frozen(value)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), value, where)
    if origin is Literal:
        return _literal(get_args(hint), value, where)
    if hint is tuple or origin is tuple:
        return _tuple(get_args(hint), value, where)
    if (origin or hint) in (dict, Mapping):
        return _mapping(get_args(hint), value, where)
    if _is_dataclass(hint):
        return _dataclass(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint, value, where)
    if hint is None or hint is types.NoneType:
        return _none(value, where)
    raise TypeError(f"{where} is annotated {hint!r}, which no table can fill.")


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _complain(where: str, expected: str, value: Any) -> ValueError:
    return ValueError(
        f"{where} must be {expected}, got {value!r} ({type(value).__name__})."
    )


def _scalar(hint: type, value: Any, where: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if hint is float and (type(value) is int or value in NOT_FINITE):
        return float(value)
    if type(value) is not hint:
        raise _complain(where, SCALARS[hint], value)
    return value


def _none(value: Any, where: str) -> None:
    if value is not None and value != "none":
        raise _complain(where, "none", value)


def _literal(allowed: tuple, value: Any, where: str) -> Any:
    for item in allowed:
        if type(item) is type(value) and item == value:
            return item
    raise _complain(where, " or ".join(map(repr, allowed)), value)


def _enum(hint: type[Enum], value: Any, where: str) -> Enum:
    if isinstance(value, hint):
        return value
    if value not in hint.__members__:
        raise _complain(where, " or ".join(map(repr, hint.__members__)), value)
    return hint[value]


def _tuple(args: tuple, value: Any, where: str) -> tuple:
    if not isinstance(value, (list, tuple)):
        raise _complain(where, "a list", value)
    if not args:
        return _frozen(value)
    if len(args) == 2 and args[1] is Ellipsis:
        args = (args[0],) * len(value)
    if len(args) != len(value):
        raise _complain(where, f"a list of {len(args)}", value)
    pairs = enumerate(zip(args, value, strict=True))
    return tuple(_convert(arg, item, f"{where}[{i}]") for i, (arg, item) in pairs)


def _mapping(args: tuple, value: Any, where: str) -> dict:
    if not isinstance(value, Mapping):
        raise _complain(where, "a table", value)
    arm = args[1] if args else Any
    return {
        _text_key(key): _convert(arm, item, f"{where}.{key}")
        for key, item in value.items()
    }


def _union(arms: tuple, value: Any, where: str) -> Any:
    if isinstance(value, _classes(arms)):
        return value
    tables = {tag(arm): arm for arm in arms if _is_dataclass(arm)}
    if isinstance(value, Mapping) and tables:
        return _dataclass(_choose(tables, value, where), value, where)
    for arm in arms:
        if type(value) is arm or (arm is types.NoneType and value == "none"):
            return _convert(arm, value, where)
    complaints = []
    for arm in (arm for arm in arms if not _is_dataclass(arm)):
        try:
            return _convert(arm, value, where)
        except ValueError as error:
            complaints.append(str(error).removesuffix("."))
    if not complaints:
        raise _complain(where, f"a table with kind {_one_of(tables)}", value)
    raise ValueError("; or ".join(complaints) + ".")


def _classes(arms: tuple) -> tuple[type, ...]:
    return tuple(arm for arm in arms if _is_dataclass(arm))


def _choose(tables: dict[str, type], value: Mapping, where: str) -> type:
    if len(tables) == 1 and KIND not in value:
        return next(iter(tables.values()))
    if KIND not in value:
        raise ValueError(f"{where} needs a kind: {_one_of(tables)}.")
    kind = value[KIND]
    if kind not in tables:
        hint = nearest_or_all(str(kind), list(tables))
        raise ValueError(f"{where}.kind: unknown {kind!r}{hint}")
    return tables[kind]


def _one_of(tables: dict[str, type]) -> str:
    return " or ".join(map(repr, tables))


def _dataclass(cls: type, value: Any, where: str) -> Any:
    if isinstance(value, cls):
        return value
    if not isinstance(value, Mapping):
        raise _complain(where, "a table", value)
    table = dict(value)
    if KIND in table and table.pop(KIND) != tag(cls):
        raise ValueError(f"{where}.kind must be {tag(cls)!r}, got {value[KIND]!r}.")
    fields = _fields(cls)
    for name in table:
        if name not in fields:
            hint = nearest_or_all(name, list(fields))
            raise ValueError(f"{where}: unknown key {name!r}{hint}")
    for name, field in fields.items():
        if name not in table and _required(field):
            raise ValueError(f"{where}.{name} is missing.")
    hints = field_types(cls)
    given = {k: _convert(hints[k], v, f"{where}.{k}") for k, v in table.items()}
    try:
        return cls(**given)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


@functools.cache
def _fields(cls: type) -> dict[str, dataclasses.Field]:
    return {field.name: field for field in dataclasses.fields(cls) if field.init}


def _required(field: dataclasses.Field) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing
