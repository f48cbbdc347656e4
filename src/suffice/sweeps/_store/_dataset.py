"""Read a store as one labelled data set, while it is computed or later."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TYPE_CHECKING

import numpy as np

from suffice.sweeps._plain import from_plain, KIND, NOT_FINITE
from suffice.sweeps._seeds import canonical
from suffice.sweeps._study import Variable

from ._segment import Segment
from ._store import Store

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

    Example:
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
    variables = {
        name: from_plain(Variable, table, where=name)
        for name, table in store.manifest["variables"].items()
    }
    fields = list(store.manifest["axes"])
    values = {field: _values(store, field) for field in fields}
    stops = [cell.stop for segment in store.segments for cell in segment.cells]
    if not stops:
        raise ValueError(f"{path} lists no cells yet; run suffice sweep again.")
    seeds = max(stops)
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
    about = {
        key: json.dumps(store.manifest[key]) for key in ("class", "study", "versions")
    }
    coords["seed"] = ("seed", np.arange(seeds), {"long_name": "seed"})
    return xarray.Dataset(data, coords, about | {"digest": store.manifest["digest"]})


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
    place = {f: {canonical(v): i for i, v in enumerate(vs)} for f, vs in values.items()}
    gridded = {
        name: np.full((*shape, *variable.shape), variable.fill, variable.dtype)
        for name, variable in variables.items()
    }
    status = np.zeros(shape, np.uint8)
    for segment in store.segments:
        states = [_state(segment, index) for index in range(len(segment.cells))]
        arrays = segment.arrays if "done" in states else {}
        values_of = {name: np.asarray(array[:]) for name, array in arrays.items()}
        for index, (cell, state) in enumerate(zip(segment.cells, states, strict=True)):
            slot = tuple(place[f][canonical(cell.point[f])] for f in values)
            slot = (*slot, slice(cell.start, cell.stop))
            status[slot] = STATUS.index(state)
            if state == "done":
                for name, array in values_of.items():
                    gridded[name][slot] = array[index, : cell.size]
    return gridded | {"status": status}


def _state(segment: Segment, index: int) -> str:
    marker = segment.marker(index)
    return "pending" if marker is None else marker["status"]


def _values(store: Store, field: str) -> list:
    """The values of a field in all segments: numbers sorted, others in their order."""
    numbers: dict[str, Any] = {}
    for segment in store.segments:
        for cell in segment.cells:
            numbers.setdefault(canonical(cell.point[field]), cell.point[field])
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
