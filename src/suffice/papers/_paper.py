"""What a paper is to this package: experiments that measure, draw and judge."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from suffice._core import Progress, silent
from suffice._core.literature import Publication
from suffice.report._shared import Claim


@dataclasses.dataclass(frozen=True)
class Run:
    """How an experiment is run.

    Attributes:
        full: The sizes of the paper instead of the quick ones.
        folder: Where the experiment may keep its stores of sweeps.
        progress: Called before each piece of work.
        done: Number of finished experiments of the paper.
        total: Number of its experiments.
    """

    full: bool
    folder: Path
    progress: Progress = silent
    done: int = 0
    total: int = 0

    def tell(self, sentence: str) -> None:
        """Say what is being worked on.

        Args:
            sentence: The piece of work that begins.
        """
        self.progress(self.done, self.total, f"experiments: {sentence}")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One figure or table of a paper.

    Attributes:
        name: Short, fit for a file name; unique within its paper.
        title: What it shows.
        caption: Setting, and how to read the picture.
        measure: Computes the numbers; everything slow happens here, once.
        judge: Turns the numbers into claims.
        draw: Turns the numbers into a picture; None where claims are all.
    """

    name: str
    title: str
    caption: str
    measure: Callable[[Run], xr.Dataset]
    judge: Callable[[xr.Dataset], Iterable[Claim]]
    draw: Callable[[xr.Dataset], Figure] | None = None


@dataclasses.dataclass(frozen=True)
class Paper:
    """A paper and its experiments.

    Attributes:
        publication: Its number, title and name: `suffice reproduce NAME`.
        experiments: In the order of the paper.
    """

    publication: Publication
    experiments: tuple[Experiment, ...]


def decided(value: int | None) -> int:
    """A rank or a sample size that the package could decide.

    Raises:
        ValueError: It could not; a reproduction does not go on with a guess.
    """
    if value is None:
        raise ValueError("a rank of this reproduction is undecided.")
    return value
