"""What a paper is to this package: experiments that measure, draw and judge."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from suffice._core import Progress, silent
from suffice._core.literature import Publication
from suffice.report._shared import Claim, Sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True)
class Run:
    """How an experiment is run.

    Attributes:
        full: The sizes of the paper instead of the quick ones.
        folder: Where the experiment may keep its stores of sweeps.
        workers: Number of local processes that compute the cells of its sweeps; with 0
            this process does.
        progress: Called before each piece of work.
        done: Number of finished experiments of the paper.
        total: Number of its experiments.
    """

    full: bool
    folder: Path
    workers: int = 0
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
    draw: Callable[[xr.Dataset], "Figure"] | None = None


@dataclasses.dataclass(frozen=True)
class Paper:
    """A paper and its experiments.

    Attributes:
        publication: Its number, title and name: `suffice reproduce NAME`.
        experiments: In the order of the paper.
        abstract: The statements of its abstract, each of which a claim covers or a
            reason leaves out.
        read: Which parts of its text were read.
        emblem: Name of the experiment whose figure stands for the paper in the index
            of all papers; by default the first.
    """

    publication: Publication
    experiments: tuple[Experiment, ...]
    abstract: tuple[Sentence, ...] = ()
    read: str = ""
    emblem: str = ""


def decided(value: int | None) -> int:
    """A rank or a sample size that the package could decide.

    Raises:
        ValueError: It could not; a reproduction does not go on with a guess.
    """
    if value is None:
        raise ValueError("a rank of this reproduction is undecided.")
    return value


def fair(agrees: bool | None, data: xr.Dataset) -> bool | None:
    """A verdict that is `differs` at the sizes of the paper only.

    Where a smaller setting does not show what the paper says, nothing is decided: the
    paper speaks of its own sizes.
    """
    return None if agrees is False and not data.attrs.get("full") else agrees


def steady(holds: Callable[[float], object], levels: Iterable[float]) -> bool | None:
    """A verdict that does not turn within the plausible range of a threshold.

    Args:
        holds: Whether the claim holds with this threshold.
        levels: Thresholds from the lax to the strict end of what is plausible.

    Returns:
        The verdict of all of them; None where it depends on the threshold.
    """
    found = {bool(holds(level)) for level in levels}
    return found.pop() if len(found) == 1 else None
