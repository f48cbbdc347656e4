"""Types of flags with the checks of their values; none of them needs JAX."""

import dataclasses
import itertools
import math
import os
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import tyro


@dataclasses.dataclass(frozen=True)
class Between:
    """The range of a number, or of every number of a tuple."""

    least: int | float
    most: int | float = math.inf

    def check(self, flag: str, value: Any) -> None:
        """Raise a ValueError for a number outside the range, and for NaN."""
        for number in value if isinstance(value, tuple) else (value,):
            if not self.least <= number <= self.most:
                most = "" if self.most == math.inf else f" and at most {self.most}"
                raise ValueError(
                    f"{flag} is {number}; expected at least {self.least}{most}."
                )


@dataclasses.dataclass(frozen=True)
class Above:
    """A finite number above a bound."""

    least: int | float

    def check(self, flag: str, value: float) -> None:
        """Raise a ValueError for a number that is not above the bound."""
        if not self.least < value < math.inf:
            raise ValueError(
                f"{flag} is {value:g}; expected a finite number above {self.least:g}."
            )


class Read:
    """A file that is read; `-` is standard input."""

    def check(self, flag: str, value: str) -> None:
        """Raise a ValueError if there is no such file."""
        del flag
        from suffice._core import check_file

        if value != "-":
            check_file(value)


class Written:
    """A file that is written; see `check_outputs`."""


@dataclasses.dataclass(frozen=True)
class Needs:
    """A flag whose work needs an extra."""

    extra: str

    def check(self, flag: str, value: str) -> None:
        """Raise an ImportError if it is not installed."""
        del value
        from suffice._core import require

        require(flag, self.extra)


@dataclasses.dataclass(frozen=True)
class Ending:
    """A name that ends in one of several suffixes."""

    suffixes: tuple[str, ...]

    def check(self, flag: str, value: str) -> None:
        """Raise a ValueError for another suffix."""
        if Path(value).suffix not in self.suffixes:
            *others, last = self.suffixes
            ending = f"{', '.join(others)} or {last}"
            raise ValueError(f"{flag} is {value}; expected a name ending in {ending}.")


FILE = tyro.conf.arg(metavar="FILE")
LARGEST = 2**63 - 1  # of the whole numbers of JAX
Count = Annotated[int, Between(1, LARGEST)]
MaybeCount = Annotated[int | None, Between(1, LARGEST), tyro.conf.arg(metavar="INT")]
Names = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[NAME ...]")]
APPEND = tyro.conf.UseAppendAction  # one flag for each value
Ranges = Annotated[
    tuple[tuple[str, float, float], ...],
    APPEND,
    tyro.conf.arg(metavar="INPUT LEAST LARGEST"),
]
Steps = Annotated[
    tuple[tuple[str, float], ...], APPEND, tyro.conf.arg(metavar="INPUT STEP")
]
Levels = Annotated[
    tuple[tuple[str, ...], ...], APPEND, tyro.conf.arg(metavar="INPUT VALUE ...")
]
Conditions = Annotated[tuple[str, ...], APPEND, tyro.conf.arg(metavar="CONDITION")]
Column = Annotated[str | None, tyro.conf.arg(metavar="COLUMN")]
Delimiter = Annotated[
    str | None,
    tyro.conf.arg(
        metavar="CHAR",
        help="Separator of the cells of a text file: a character, ::, tab or blank; by "
        "default it is detected.",
    ),
]
Workers = Annotated[int, Between(0, 1000), tyro.conf.arg(metavar="INT")]
Seed = Annotated[int, Between(0, LARGEST)]
Decay = Annotated[float, Between(0, 1e300)]
Positive = Annotated[float, Above(0)]
Input = Annotated[str, tyro.conf.Positional, Read()]
File = Annotated[str | None, FILE, Read()]
Output = Annotated[str | None, FILE, Written()]
Report = Annotated[str | None, FILE, Written(), Needs("pages")]
Figure = Annotated[
    str | None, FILE, Written(), Needs("pages"), Ending((".svg", ".pdf", ".png"))
]


def check_fields(options: Any) -> None:
    """Check the flags of a verb one by one, and the files it writes together.

    Raises:
        ValueError: A value is out of its range, a file that is read does not exist, or
            a file that is written cannot be.
        ImportError: A flag needs an extra that is not installed.
    """
    given = [mark for mark in _marked(options) if mark[1] is not None]
    for flag, value, check in given:
        if not isinstance(check, Written):
            check.check(flag, value)
    outputs = {flag: value for flag, value, c in given if isinstance(c, Written)}
    for path in (value for _, value, check in given if isinstance(check, Read)):
        _check_kept(path, outputs)
    check_outputs(outputs, replace=getattr(options, "force", False))


def _check_kept(path: str, outputs: dict[str, str]) -> None:
    """Raise a ValueError if a file that is read would be replaced."""
    for flag, output in outputs.items():
        if os.path.realpath(output) == os.path.realpath(path):
            raise ValueError(
                f"{flag} names {path}, which is read; a file that is read is never "
                "replaced: give another name."
            )


def check_outputs(outputs: dict[str, str], *, replace: bool) -> None:
    """Check the files that a verb writes, before any work.

    Raises:
        ValueError: Two flags name one file, or a name is that of a link, a device or a
            folder.
        OSError: A file exists and may not be replaced, or its folder does not.
    """
    from suffice._core import check_output

    for (flag, path), (other, same) in itertools.combinations(outputs.items(), 2):
        if os.path.realpath(path) == os.path.realpath(same):
            raise ValueError(f"{flag} and {other} both name {path}; give two names.")
    for path in outputs.values():
        check_output(Path(path), replace=replace)


def _marked(options: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every flag that has a check: its name, its value and the check."""
    hints = typing.get_type_hints(type(options), include_extras=True)
    for field in dataclasses.fields(options):
        hint = hints[field.name]
        parts = (hint, *typing.get_args(hint))  # of `Count | None` the first one counts
        for mark in itertools.chain(*(getattr(p, "__metadata__", ()) for p in parts)):
            if isinstance(mark, Between | Above | Read | Written | Needs | Ending):
                name = field.name.replace("_", "-")
                yield f"--{name}", getattr(options, field.name), mark
