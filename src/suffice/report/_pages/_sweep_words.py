"""A study in words."""

import dataclasses

import xarray

from suffice._core import short
from suffice.recovery import NamedFunction, Study


def asked(study: Study, summarised: xarray.Dataset) -> str:
    sampling = summarised.attrs["sampling"]
    return (
        f"Model: {_spoken(study, 'model')}. Target: {_spoken(study, 'target')}. "
        f"Samples: {sampling}. Start: {_spoken(study, 'initialisation')}. "
        f"Method: {_spoken(study, 'method')}. A run has recovered the target when its "
        f"relative test error is at most {short(study.recover)}."
    )


def _spoken(study: Study, name: str) -> str:
    """A part of a study in words: its kind, and the fields that are not defaults."""
    part = getattr(study, name)
    if name in study.grid:
        return "varied"
    if isinstance(part, NamedFunction) and f"{name}.name" not in study.grid:
        return part.name
    varied = {path for path in study.grid if path.startswith(f"{name}.")}
    fields = [
        f"{_plain(field.name)} varied"
        if f"{name}.{field.name}" in varied
        else _field(field, getattr(part, field.name))
        for field in dataclasses.fields(part)
    ]
    words = ", ".join(filter(None, fields))
    return _kind(part) + (f" ({words})" if words else "")


def _kind(part: object) -> str:
    """`TwoLayerSpec` is a two-layer network: the name of a class in words."""
    kind = getattr(part, "kind", None)  # an architecture has its name in words
    if kind is not None:
        return str(kind)
    name = type(part).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _field(field: dataclasses.Field, value: object) -> str:
    if value in (None, False, field.default) or value == {}:
        return ""
    if value is True:
        return f"with {_plain(field.name)}"
    text = str(value)
    return f"{_plain(field.name)} {text if len(text) < 40 else 'given'}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
