"""The base class of all results: printing, notebooks and JSON."""

import dataclasses
import html
import json
from enum import Enum
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np

from .literature import Grounds

PRINTED = (bool, int, float, str)
_HIDDEN = "hidden from the dictionary"
T = TypeVar("T")

Hidden = Annotated[T, _HIDDEN]
"""The type of a field that is not in the dictionary of a `Result`, e.g. a model."""


def plain(value: Any) -> Any:
    """Convert a value to types of JSON; non-finite numbers become strings.

    An object whose class defines `__str__` is converted to this text, any other
    dataclass to a dictionary of its fields.
    """
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__"):
        return plain(np.asarray(value).tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, PRINTED):
        return value
    return _structure(value)


def _structure(value: Any) -> Any:
    if type(value).__str__ is not object.__str__:
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in _fields(value)}
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return str(value)


@dataclasses.dataclass(frozen=True)
class Result:
    """Abstract: a frozen result that can be printed, shown in a notebook and saved.

    A subclass is final. Its fields are the content of the dictionary, except those of
    type `Hidden[...]`. It defines up to three methods: `headline` returns one sentence,
    `shown` the rows that are printed below it, and `derived` further values of the
    dictionary.

    Attributes:
        grounds: The statement behind the numbers, printed and in the dictionary as
            `source`; None where a field says it, or where there is no single one.
    """

    grounds: ClassVar[Grounds | None] = None

    def headline(self) -> str:
        """The result in one sentence."""
        raise TypeError(f"{type(self).__name__} must define headline()")

    def shown(self) -> dict[str, Any]:
        """The rows printed below the headline: numbers and words, but no arrays."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: value for name, value in fields.items() if _is_printed(value)}

    def derived(self) -> dict[str, Any]:
        """Further values of the dictionary."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """The fields that are not hidden and the derived values, in types of JSON."""
        fields = {f.name: getattr(self, f.name) for f in _fields(self)}
        values = fields | self.derived() | self._source()
        return {name: plain(value) for name, value in values.items()}

    def to_json(self) -> str:
        """The result as a JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        headline, rows = self._printed()
        pad = max(map(len, rows), default=0)
        lines = [f"  {name:<{pad}}  {text}" for name, text in rows.items()]
        return "\n".join([headline, *lines])

    def _repr_html_(self) -> str:
        headline, rows = self._printed()
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in rows.items()
        )
        return f"<p>{html.escape(headline)}</p><table>{cells}</table>"

    def _printed(self) -> tuple[str, dict[str, str]]:
        """The headline, and the rows without those that are empty or repeat it."""
        headline = self.headline()
        rows = {
            name.replace("_", " "): _text(value)
            for name, value in (self.shown() | self._source()).items()
            if value is not None and not (name == "note" and str(value) in headline)
        }
        return headline, rows

    def _source(self) -> dict[str, str]:
        return {} if self.grounds is None else {"source": str(self.grounds)}


def _fields(value: Any) -> list[dataclasses.Field]:
    """The fields of a dataclass that are not hidden."""
    fields = dataclasses.fields(value)
    return [f for f in fields if _HIDDEN not in getattr(f.type, "__metadata__", ())]


def _is_printed(value: Any) -> bool:
    """Whether a value is one number or text; arrays without axes count as numbers."""
    return isinstance(value, PRINTED) or getattr(value, "ndim", None) == 0


def _text(value: Any) -> str:
    value = np.asarray(value)[()] if hasattr(value, "__array__") else value
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)
