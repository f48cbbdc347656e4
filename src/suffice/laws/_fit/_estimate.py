"""One parameter of a fitted law, with its intervals."""

import dataclasses

import numpy as np

from suffice._core import Hidden, short

from ._profile import Profile

LARGE = 1.0  # relative standard error from which a value is determined in theory only
APART = 0.2  # difference of two intervals, as a share of their width, that is said


@dataclasses.dataclass(frozen=True)
class ParameterEstimate:
    """One parameter of a fitted law.

    Attributes:
        name: Its name.
        value: Its value at the best fit.
        error: Its standard error in the linearised law; infinite where the data do not
            determine it.
        linear: The interval of the linearised law.
        interval: The interval from the profile of the sum of squares; an end is
            infinite, or a bound, where the data leave it open.
        open: Whether the lower and the upper end are open.
        determined: Whether the data determine it, apart from noise; without a row more
            than parameters the noise is not known, and there is no interval.
        profile: The profile itself; None where the parameter is not determined.
        undecided: Whether it acts through jumps of the law, so that the data may
            determine it although no derivative shows it.
    """

    name: str
    value: float
    error: float
    linear: tuple[float, float]
    interval: tuple[float, float]
    open: tuple[bool, bool]
    determined: bool
    profile: Hidden[Profile | None] = None
    undecided: bool = False

    @property
    def verdict(self) -> str:
        """Whether it is determined, in a few words."""
        if self.undecided:
            return "undecided, as it acts through jumps"
        if not self.determined:
            return "not determined"
        if not np.isfinite(self.error):
            return "noise not known"
        if any(self.open):
            return "determined from one side only" if not all(self.open) else "open"
        if self.error > LARGE * abs(self.value):
            return "not determined in practice"
        return "determined"

    @property
    def apart(self) -> bool:
        """Whether the two intervals differ by more than a fifth of their width."""
        width = self.linear[1] - self.linear[0]
        ends = zip(self.interval, self.linear, strict=True)
        return bool(width > 0 and max(abs(a - b) for a, b in ends) > APART * width)

    @property
    def between(self) -> str:
        """The interval as text; round brackets stand for open ends."""
        left, right = "(" if self.open[0] else "[", ")" if self.open[1] else "]"
        low, high = (short(end, 4) for end in self.interval)
        return f"{left}{low}, {high}{right}"

    @property
    def said(self) -> str:
        """Its name, value and interval."""
        if self.undecided:
            return f"{self.name} is undecided"
        if not self.determined:
            return f"{self.name} is not determined"
        if not np.isfinite(self.error):
            return f"{self.name} = {short(self.value, 4)}"
        return f"{self.name} = {short(self.value, 4)} in {self.between}"


def without_interval(
    name: str, value: float, determined: bool, undecided: bool
) -> ParameterEstimate:
    """A parameter that the data do not show, or whose noise is not known."""
    everything = (-np.inf, np.inf)
    return ParameterEstimate(
        name,
        value,
        np.inf,
        everything,
        everything,
        (True, True),
        determined,
        undecided=undecided,
    )


def exact(name: str, value: float) -> ParameterEstimate:
    """A parameter of a law that meets the data to rounding."""
    point = (value, value)
    return ParameterEstimate(name, value, 0.0, point, point, (False, False), True)
