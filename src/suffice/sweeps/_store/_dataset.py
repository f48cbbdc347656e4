"""Read a store as one labelled data set, while it is computed or later."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TYPE_CHECKING

import numpy as np

from suffice._core import check_size, free_memory
from suffice.sweeps._plain import KIND, NOT_FINITE
from suffice.sweeps._seeds import canonical
from suffice.sweeps._study import Variable

from ._entry import DAMAGED, DONE as FINISHED, SHORT
from ._store import REMEDY, Store

if TYPE_CHECKING:
    import xarray

STATUS = ("absent", "pending", "done", "failed")
DONE = STATUS.index("done")
"""The `status` of a cell whose numbers are complete."""


def open_store(path: str | Path) -> "xarray.Dataset":
    """Read a store, finished or not.

    Dimensions are the varied fields, then `seed`, then those of the variable. A field
    has its last name (`size` for `samples.size`) if that is unique, and its whole path
    otherwise. Numbers are known where `status` is 2; elsewhere the arrays hold NaN,
    False, -1 or the largest code. Values of a field that are neither numbers nor texts
    have labels; the attribute `values` of the coordinate holds the values themselves.

    Args:
        path: The folder of the store.

    Returns:
        Every variable and `status`: 0 absent (not listed), 1 pending, 2 done,
        3 failed. The data set is in memory and independent of the store.

    Raises:
        ValueError: There is no store, it is damaged, or it lists no cells yet.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> grid = {"samples.size": (2, 3)}
        >>> study = sf.Study(LinearSpec(3), RandomNetwork(), Random(3), grid=grid)
        >>> status = sf.sweep(study, "opened.store")
        >>> sf.open_store("opened.store").sizes["size"]
        2
    """
    import xarray  # imported here, because workers start faster without it

    store = Store(path)
    variables = store.manifest.variables
    fields = list(store.manifest.axes)
    values = {field: _values(store, field) for field in fields}
    stops = [entry.cell.stop for entry in store.entries]
    if not stops and not store.flaws:
        raise ValueError(f"{path} lists no cells yet; run suffice sweep again.")
    seeds = max(stops, default=0)
    shape = (*(len(v) for v in values.values()), seeds)
    gridded = _read(store, variables, values, shape)
    dims = (*_names(fields, variables), "seed")
    coords = {
        dim: _coordinate(dim, field, values[field])
        for dim, field in zip(dims, fields, strict=False)
    }
    data = {
        name: (
            (*dims, *variables[name].dims) if name in variables else dims,
            array,
            dict(variables[name].attrs) if name in variables else _STATUS_ATTRS,
        )
        for name, array in gridded.items()
    }
    manifest = store.manifest
    about = {
        "class": json.dumps(manifest.study_class),
        "study": json.dumps(dict(manifest.study)),
        "versions": json.dumps(dict(manifest.versions)),
        "digest": manifest.digest,
    }
    coords["seed"] = ("seed", np.arange(seeds), {"long_name": "seed"})
    return xarray.Dataset(data, coords, about)


_STATUS_ATTRS = {
    "long_name": "what became of the cell",
    "flag_values": list(range(len(STATUS))),
    "flag_meanings": " ".join(STATUS),
}


def _read(
    store: Store,
    variables: Mapping[str, Variable],
    values: Mapping[str, list],
    shape: tuple[int, ...],
) -> dict[str, np.ndarray]:
    _check_memory(variables.values(), shape)
    place = {f: {canonical(v): i for i, v in enumerate(vs)} for f, vs in values.items()}
    gridded = {
        name: np.full((*shape, *variable.shape), variable.fill, variable.dtype)
        for name, variable in variables.items()
    }
    status = np.zeros(shape, np.uint8)
    damaged = list(store.flaws.values())
    for entry in store.entries:
        marker, arrays = entry.read()
        state = "pending" if marker is None else marker.status
        if marker is not None and state == DAMAGED:
            damaged.append(marker.reason)
            continue
        state = "pending" if state == SHORT else state
        slot = tuple(place[f][canonical(entry.cell.point[f])] for f in values)
        slot = (*slot, slice(entry.cell.start, entry.cell.stop))
        status[slot] = STATUS.index(state)
        if state == FINISHED:
            for name, array in arrays.items():
                gridded[name][slot] = array
    if damaged:
        raise ValueError(f"{_first(damaged)} {REMEDY}")
    return gridded | {"status": status}


def _check_memory(variables: Iterable[Variable], shape: tuple[int, ...]) -> None:
    """Refuse a store whose grid is larger than the memory, whatever its files hold."""
    each = sum(math.prod(v.shape) * np.dtype(v.dtype).itemsize for v in variables)
    numbers = math.prod(shape) * (1 + each) // 8
    remedy = "open it where there is more memory"
    check_size(numbers, f"a grid of {math.prod(shape)} runs", remedy, free_memory())


def _first(sentences: list[str]) -> str:
    more = f" So are {len(sentences) - 1} more files." if sentences[1:] else ""
    return sentences[0] + more


def _values(store: Store, field: str) -> list:
    """The values of a field in all cells: numbers sorted, others in their order."""
    numbers: dict[str, Any] = {}
    for point in (entry.cell.point for entry in store.entries):
        numbers.setdefault(canonical(point[field]), point[field])
    values = list(numbers.values())
    return sorted(values, key=float) if _numeric(values) else values


def _numeric(values: Sequence) -> bool:
    return all(type(v) in (int, float) or v in NOT_FINITE for v in values)


def _names(fields: Sequence[str], variables: Mapping[str, Variable]) -> list[str]:
    short = [field.rpartition(".")[2] for field in fields]
    inner = {dim for variable in variables.values() for dim in variable.dims}
    taken = {*variables, *inner, "seed", "status"}
    return [
        name if short.count(name) == 1 and name not in taken else field
        for name, field in zip(short, fields, strict=True)
    ]


def _coordinate(dim: str, field: str, values: list) -> tuple[str, np.ndarray, dict]:
    attrs: dict[str, Any] = {"field": field}
    if _numeric(values):
        whole = all(type(v) is int for v in values)
        return dim, np.array([v if whole else float(v) for v in values]), attrs
    if all(type(v) is bool for v in values):
        return dim, np.array(values), attrs
    if not all(type(v) is str for v in values):
        attrs["values"] = json.dumps(values)
    return dim, np.array(_labels(values), dtype=object), attrs


def _labels(values: list) -> list[str]:
    kinds = [v.get(KIND) if isinstance(v, dict) else str(v) for v in values]
    if None not in kinds and len(set(kinds)) == len(kinds):
        return [str(kind) for kind in kinds]
    return [_label(value) for value in values]


def _label(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    inner = ", ".join(f"{k}={_label(v)}" for k, v in value.items() if k != KIND)
    return f"{value.get(KIND, '')}({inner})"
