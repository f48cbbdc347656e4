"""Answers that print well and carry their evidence."""

import dataclasses
import html
import json
from enum import Enum
from typing import Any

import numpy as np

PRINTED = (bool, int, float, str)


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold; non-finite numbers become strings."""
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__"):
        return plain(np.asarray(value).tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, PRINTED):
        return value
    return str(value)


@dataclasses.dataclass(frozen=True)
class Result:
    """Abstract: a frozen answer; subclasses are final and add only fields.

    A subclass writes one sentence (`headline`) and names the fields that a person
    wants to see under it (`shown`); everything is in `to_dict`.
    """

    def headline(self) -> str:
        """The answer in one sentence."""
        raise TypeError(f"{type(self).__name__} must define headline()")

    def shown(self) -> dict[str, Any]:
        """The rows printed under the headline: numbers and words, not arrays."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            k: v for k, v in fields.items() if isinstance(v, (*PRINTED, np.generic))
        }

    def to_dict(self) -> dict[str, Any]:
        """Every field, as JSON can hold it."""
        return {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    def to_json(self) -> str:
        """The answer as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        rows = {name.replace("_", " "): _text(v) for name, v in self.shown().items()}
        pad = max(map(len, rows), default=0)
        lines = [f"  {name:<{pad}}  {text}" for name, text in rows.items()]
        return "\n".join([self.headline(), *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(_text(v))}</td></tr>"
            for name, v in self.shown().items()
        )
        return f"<p>{html.escape(self.headline())}</p><table>{rows}</table>"


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)
