"""The interface of a study: a frozen dataclass that `sweep` can run."""

import dataclasses
import importlib
import sys
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

BLOCK = 256


@dataclasses.dataclass(frozen=True)
class Variable:
    """One recorded number, or array of numbers, per seed.

    Args:
        dtype: A NumPy name: bool, int32, float64, ...
        dims: Names and sizes of the dimensions besides the seed, equal in all cells.
        attrs: Descriptions for readers of the data: `long_name`, `units` ("1" if there
            is none), and for codes `flag_values` with `flag_meanings` (one text,
            separated by spaces). A variable named `outcome` with flags is counted by
            `status`.

    Examples:
        >>> named = {"long_name": "training loss"}
        >>> loss = sf.sweeps.Variable("float64", {"time": 3}, named)
        >>> loss.shape, loss.fill
        ((3,), nan)
    """

    dtype: str
    dims: Mapping[str, int] = dataclasses.field(default_factory=dict)
    attrs: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "dims", dict(self.dims))
        if np.dtype(self.dtype).kind not in "biuf":
            raise ValueError(
                f"a variable must hold numbers or booleans, got dtype {self.dtype!r}."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape for one seed."""
        return tuple(self.dims.values())

    @property
    def fill(self) -> Any:
        """The value where no number is known: NaN, False, -1 or the largest code."""
        dtype = np.dtype(self.dtype)
        if dtype.kind == "u":
            return np.iinfo(dtype).max
        return {"f": np.nan, "b": False, "i": -1}[dtype.kind]


@runtime_checkable
class Sweepable(Protocol):
    """The interface that `sweep` needs: a frozen dataclass with plain fields.

    The class must be defined at the top level of an importable module, because a task
    consists of its import path and a table of its fields. An optional field `block:
    int` bounds the seeds of one cell (256 without it). Like `grid` and `seeds`, it
    decides only how much is run, and may change when a store grows. If a field names a
    function, an optional method `fingerprint()` returns numbers that show what the
    function computes, by the name of the function; they are kept with each cell, and
    a store is not continued with a function whose numbers differ by more than
    rounding.

    A study whose runs may be cut short has another optional class attribute `limits`: a
    mapping from the dotted path of a field that limits a run, such as
    `method.max_steps`, to the variable that counts towards it, such as `steps`. Such a
    field may be raised when a store grows: the runs that met the limit are computed
    again, from their start, and a run that did not must not depend on it.

    Examples:
        >>> import dataclasses
        >>> @dataclasses.dataclass(frozen=True)
        ... class Coin:
        ...     chance: float = 0.5
        ...     grid: dict = dataclasses.field(default_factory=dict)
        ...     seeds: int = 10
        ...
        ...     def variables(self):
        ...         return {"head": sf.sweeps.Variable("bool")}
        ...
        ...     def run(self, seeds):
        ...         tosses = [np.random.default_rng(seed).random() for seed in seeds]
        ...         return {"head": np.array(tosses) < self.chance}
        ...
        >>> isinstance(Coin(), sf.sweeps.Sweepable)
        True
        >>> Coin(chance=1.0).run(np.arange(3))
        {'head': array([ True,  True,  True])}
    """

    @property
    def grid(self) -> Mapping[str, tuple]:
        """The values of every varied field, by the dotted path of the field."""
        ...

    @property
    def seeds(self) -> int:
        """The number of seeds at every point of the grid; they are counted from 0."""
        ...

    def variables(self) -> Mapping[str, Variable]:
        """The variables that are recorded; they are the same for every cell."""
        ...

    def run(self, seeds: np.ndarray) -> Mapping[str, np.ndarray]:
        """Compute one cell; the fields of the grid are substituted, and it is empty.

        A number may depend on the fields and on its own seed, but not on the other
        seeds of the cell. A study whose cells take long may have another argument,
        `checkpoint`: a path, or None, at which it keeps its state, and from which a
        killed cell goes on. It raises a ValueError for a file that does not fit.

        Args:
            seeds: Whole numbers, shape `(seeds,)`.

        Returns:
            Every variable, with leading axis `seeds`.
        """
        ...


def class_path(study: Any) -> str:
    """The import path `module:Class` of a study, the public one if there is one.

    Raises:
        ValueError: The class is local to a function and cannot be imported.
    """
    cls = type(study)
    if "<locals>" in cls.__qualname__:
        raise ValueError(
            f"the study's class {cls.__qualname__} is local to a function; move it to "
            "the top of a module so that it can be found again."
        )
    module = public = cls.__module__
    while "." in public and private(public):
        public = public.rpartition(".")[0]
    if getattr(sys.modules.get(public), cls.__qualname__, None) is cls:
        module = public
    return f"{module}:{cls.__qualname__}"


def fingerprint_of(study: Sweepable) -> dict[str, tuple[float, ...]]:
    """What the functions compute that a study names; empty if it does not say."""
    tell = getattr(study, "fingerprint", dict)
    return {name: tuple(map(float, numbers)) for name, numbers in tell().items()}


def check_importable(study: Sweepable) -> None:
    """Refuse a study that other processes cannot import."""
    if class_path(study).startswith("__main__:"):
        raise ValueError(
            f"the study's class {type(study).__name__} is defined in the running "
            "script or notebook, where workers cannot import it; move it to a module, "
            "or sweep with workers=0."
        )


def private(module: str) -> bool:
    """Whether the last part of a dotted name begins with an underscore."""
    return module.rpartition(".")[2].startswith("_")


def import_class(path: str) -> type:
    """The study class at an import path `module:Class`.

    Raises:
        ValueError: There is no such module or class, or it is no study.
    """
    module, _, name = path.partition(":")
    try:
        value = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"the study class {path!r} cannot be imported ({error}); expected "
            "'module:Class' with the module's folder on PYTHONPATH."
        ) from error
    check_class(value, path)
    return value  # type: ignore[return-value]


def check_class(cls: Any, path: str) -> None:
    """Refuse a class that is no study."""
    fields = getattr(cls, "__dataclass_fields__", {})
    methods = [name for name in dir(cls) if callable(getattr(cls, name))]
    lacks = [n for n in ("grid", "seeds") if n not in fields]
    lacks += [n for n in ("variables", "run") if n not in methods]
    if lacks:
        raise ValueError(
            f"{path} is no study: it lacks {', '.join(lacks)}. A study is a frozen "
            "dataclass with the fields grid and seeds and the methods variables() and "
            "run()."
        )
