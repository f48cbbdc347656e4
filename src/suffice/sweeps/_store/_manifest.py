"""The manifest of a store, and the check that it belongs to a study."""

import dataclasses
import functools
import platform
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from suffice._core import Damaged, processor, read_about
from suffice.sweeps._grid import axes, EXTENT, flatten, is_varied, substitute
from suffice.sweeps._limits import counts, limits_of
from suffice.sweeps._plain import from_plain, plain_as, to_plain
from suffice.sweeps._seeds import canonical, digest
from suffice.sweeps._study import class_path, Sweepable, Variable

FORMAT = 3
RESERVED = ("status", "seed", "cell")


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The description of a store.

    Attributes:
        format: Number of the format of the store.
        study_class: Import path of the class of the study.
        study: The fields of the study by which the store was made, with the limits of
            its last sweep.
        axes: The varied fields.
        limits: The limits on the work of a run, by the paths of their fields.
        variables: What is recorded of each run.
        digest: A hash of all that must be equal in every sweep of the store.
        versions: The software and the processor that made the store.
        created: Seconds since 1970.
    """

    format: int
    study_class: str
    study: Mapping[str, Any]
    axes: tuple[str, ...]
    limits: Mapping[str, float]
    variables: Mapping[str, Variable]
    digest: str
    versions: Mapping[str, str]
    created: float

    @functools.cached_property
    def recorded(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """Name, NumPy type and shape for one seed of every variable."""
        return [
            (name, np.dtype(variable.dtype).name, variable.shape)
            for name, variable in self.variables.items()
        ]


def manifest(study: Sweepable) -> dict[str, Any]:
    """The description of a new store; a varied field has its first value there."""
    first = {path: values[0] for path, values in axes(study).items()}
    first_point: Any = substitute(study, first)
    shown = dataclasses.replace(first_point, grid=study.grid)
    return {
        "format": FORMAT,
        "study_class": class_path(study),
        "study": to_plain(shown),
        "axes": list(axes(study)),
        "limits": plain_as(None, limits_of(study)),
        "variables": plain_variables(study.variables()),
        "digest": digest([class_path(study), _fixed(study)]),
        "versions": versions(),
        "created": time.time(),
    }


def read_manifest(path: Path) -> Manifest:
    """The manifest of a store.

    Raises:
        Damaged: The file is not what was written.
        ValueError: The store has another format.
        FileNotFoundError: There is no manifest.
    """
    table = read_about(path)
    if table.get("format") != FORMAT:
        raise ValueError(
            f"{path.parent} has format {table.get('format')!r}, this version reads "
            f"{FORMAT}; install the version of suffice that wrote it."
        )
    fields = [field.name for field in dataclasses.fields(Manifest)]
    known = {name: table[name] for name in fields if name in table}
    try:
        return from_plain(Manifest, known, where=str(path))
    except (ValueError, TypeError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


@functools.cache
def versions() -> dict[str, str]:
    """The software and hardware on which the last digits of a number may depend."""
    packages = ("suffice", "jax", "jaxlib", "numpy")
    installed = {name: version(name) for name in packages}
    return {**installed, "python": platform.python_version(), "cpu": processor()}


def plain_variables(variables: Mapping[str, Variable]) -> dict[str, Any]:
    """The recorded variables in a form that JSON can hold.

    Raises:
        ValueError: A variable has a name that the store reserves.
    """
    for name in RESERVED:
        if name in variables:
            raise ValueError(f"a variable may not be named {name!r}; rename it.")
    return {name: to_plain(variable) for name, variable in variables.items()}


def raised(path: Path, study: Sweepable) -> dict[str, Any] | None:
    """The description of a store with the limits of a study; None if it has them.

    Args:
        path: The manifest of the store, which holds the same study.
        study: The study that is to be swept into the store.
    """
    held, given = read_about(path), manifest(study)
    if held["limits"] == given["limits"]:
        return None
    for limit in given["limits"]:
        *owners, name = limit.split(".")
        there, here = (
            functools.reduce(dict.__getitem__, owners, side["study"])
            for side in (held, given)
        )
        there[name] = here[name]
    return {name: held[name] for name in given} | {"limits": given["limits"]}


def check_same(manifest: Manifest, study: Sweepable, store: Path) -> None:
    """Refuse a store that holds another study.

    Args:
        manifest: The manifest of the store.
        study: The study that is to be swept into the store.
        store: Path of the store, for the error message.

    Raises:
        ValueError: A field differs; the message names it with both values.
    """
    for name, held, given in _differences(manifest, study, store):
        raise ValueError(
            f"{store} holds another study: {name} is {held} there and {given} here. "
            "Nothing was written; use a new store for this study."
        )


def _differences(
    manifest: Manifest, study: Sweepable, store: Path
) -> Iterator[tuple[str, str, str]]:
    if manifest.study_class != class_path(study):
        yield "the class", manifest.study_class, class_path(study)
    fields = ", ".join
    if sorted(manifest.axes) != sorted(study.grid):
        yield "the list of varied fields", fields(manifest.axes), fields(study.grid)
    try:
        # Fields that the manifest does not have take their defaults.
        old = from_plain(type(study), manifest.study)
    except ValueError as error:
        raise ValueError(
            f"{store} was written by a study that no longer fits the class: {error} "
            "Nothing was written; use a new store for this study."
        ) from error
    yield from _compare("", _fixed(old), _fixed(study))
    for name, limit in limits_of(study).items():
        if limit < manifest.limits.get(name, limit):
            yield name, f"{manifest.limits[name]:g}", f"{limit:g}, which is lower"
    held, given = (
        {name: [v.dtype, v.dims] for name, v in variables.items()}
        for variables in (manifest.variables, study.variables())
    )
    yield from _compare("the variable ", held, given)


def _compare(prefix: str, held: Any, given: Any) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*held, *given}):
        there, here = (
            canonical(side[name]) if name in side else "absent"
            for side in (held, given)
        )
        if there != here:
            yield f"{prefix}{name}", there, here


def _fixed(study: Sweepable) -> dict[str, Any]:
    """Every field that is neither varied nor sets or limits the work, by its path."""
    flat = dict(flatten(to_plain(study)))
    return {
        path: value
        for path, value in flat.items()
        if path.partition(".")[0] not in EXTENT
        and path not in counts(study)
        and not is_varied(study, path)
    }
