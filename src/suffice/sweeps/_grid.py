"""The grid of a study: fields named by dotted paths, substituted by values."""

import dataclasses
import itertools
import math
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from suffice._core import check_file, check_size

from ._plain import field_types, from_plain, nearest_or_all, plain_as
from ._seeds import canonical
from ._study import import_class, Sweepable

SomeStudy = TypeVar("SomeStudy")

EXTENT = ("grid", "seeds", "block")
"""Fields that say how many runs there are, not what is run."""


def read_study(path: str | Path, *, default: str | None = None) -> Sweepable:
    """Read a study from a TOML file.

    Modules that the study names are also looked for in the folder of the file, after
    the installed ones; they are imported, which runs their code.

    Args:
        path: The file. Its key `study = "module:Class"` names the class.
        default: The class for a file without this key, also as `"module:Class"`.

    Returns:
        The study, whose fields and grid have been checked.

    Raises:
        ValueError: The file is not TOML, names no class, or holds a key or a value that
            the class refuses.
            It does not exist, is empty or is no regular file.

    Examples:
        >>> from pathlib import Path
        >>> lines = 'study = "suffice.recovery:Study"', "seeds = 5"
        >>> lines += '[model]', 'kind = "linear"', "inputs = 3"
        >>> lines += '[target]', 'kind = "random-network"'
        >>> lines += '[samples]', 'kind = "random"', "size = 3"
        >>> done = Path("study.toml").write_text(chr(10).join(lines))
        >>> sf.sweeps.read_study("study.toml").seeds
        5
    """
    try:
        table = tomllib.loads(check_file(path).read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}.") from error
    except RecursionError:
        raise ValueError(f"{path} is not a study: it is nested too deeply.") from None
    beside = str(Path(path).resolve().parent)
    if beside not in sys.path:
        sys.path.append(beside)  # also for the workers, which take over this list
    named = table.pop("study", default)
    if not isinstance(named, str):
        raise ValueError(f"{path} lacks a line study = 'module:Class'.")
    if isinstance(table.get("grid"), dict):
        table["grid"] = dict(flatten(table["grid"]))  # a.b = [...] without quotes
    study = from_plain(import_class(named), table, where="study")
    axes(study)
    return study


def with_field(study: SomeStudy, path: str, value: object) -> SomeStudy:
    """Return the study with one field, at a dotted path, set to a plain value.

    Raises:
        ValueError: The field does not exist, or the value has another type.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> study = sf.Study(LinearSpec(3), RandomNetwork(), Random(size=3))
        >>> sf.sweeps.with_field(study, "samples.size", 7).samples.size
        7
    """
    owners, names = _walk(study, path)
    hint = field_types(type(owners[-1]))[names[-1]]
    new = from_plain(hint, value, where=path)
    for owner, name in zip(reversed(owners), reversed(names), strict=True):
        try:
            new = dataclasses.replace(owner, **{name: new})
        except ValueError as error:
            raise ValueError(f"{path} = {value!r}: {error}") from error
    return new


def flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested tables with their dotted paths."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def is_varied(study: Sweepable, path: str) -> bool:
    """Whether the grid gives the values of the field at a dotted path."""
    return any(f"{path}.".startswith(f"{axis}.") for axis in study.grid)


def _walk(study: Any, path: str) -> tuple[list[Any], list[str]]:
    names, owners, place = path.split("."), [study], "the study"
    for depth, name in enumerate(names):
        fields = [field.name for field in dataclasses.fields(owners[-1])]
        if name not in fields:
            raise ValueError(
                f"{path}: {place} has no field {name!r}{nearest_or_all(name, fields)}"
            )
        place = ".".join(names[: depth + 1])
        if depth + 1 < len(names):
            inner = getattr(owners[-1], name)
            if not dataclasses.is_dataclass(inner):
                raise ValueError(f"{path}: {place} is {inner!r}, it has no fields.")
            owners.append(inner)
    return owners, names


def axes(study: Sweepable) -> dict[str, list]:
    """Return the checked axes of the grid: the plain values of each varied field.

    Raises:
        ValueError: A field is unknown or overlaps another one, its values are missing,
            repeated, NaN or of another type, `seeds` or `block` is below 1, or there
            are more runs than a store can hold.
    """
    for name in ("seeds", "block"):
        count = getattr(study, name, 1)
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}.")
    for outer, inner in itertools.permutations(study.grid, 2):
        if inner.startswith(f"{outer}."):
            raise ValueError(f"grid: {outer} and {inner} overlap; vary one of them.")
    grid = {path: _axis(study, path, values) for path, values in study.grid.items()}
    runs = study.seeds * math.prod(map(len, grid.values()))
    check_size(runs, f"a study of {runs} runs", "take fewer seeds or a smaller grid")
    return grid


def _axis(study: Sweepable, path: str, values: Any) -> list:
    if path.partition(".")[0] in EXTENT:
        raise ValueError(f"grid: {path} says how much is run and cannot be varied.")
    if not isinstance(values, (tuple, list)):
        raise ValueError(f"grid: {path} must be a list of values, got {values!r}.")
    if not values:
        raise ValueError(
            f"grid: {path} is empty; give at least one value or leave the line out."
        )
    plain = [_plain_value(study, path, value) for value in values]
    earlier: set[str] = set()
    for value in map(canonical, plain):
        if value in earlier:
            raise ValueError(f"grid: {path} holds {value} twice.")
        earlier.add(value)
    return plain


def _plain_value(study: Sweepable, path: str, value: Any) -> Any:
    try:
        changed = with_field(study, path, value)
    except ValueError as error:
        raise ValueError(f"grid: {error}") from error
    owners, names = _walk(changed, path)
    typed = getattr(owners[-1], names[-1])
    if isinstance(typed, float) and math.isnan(typed):
        raise ValueError(f"grid: {path} holds nan.")
    return plain_as(field_types(type(owners[-1]))[names[-1]], typed)


def points(axes: Mapping[str, list]) -> Iterator[dict[str, Any]]:
    """Yield every point of the grid; the last axis varies fastest."""
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def substitute(study: Sweepable, point: Mapping[str, Any]) -> Sweepable:
    """Return the study at one point of its grid, with an empty grid."""
    for path, value in point.items():
        study = with_field(study, path, value)
    return dataclasses.replace(study, grid={})  # type: ignore[type-var]
