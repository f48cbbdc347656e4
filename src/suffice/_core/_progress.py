"""The function by which long computations report their progress."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""A function that is called as `progress(done, total, stage)`: `done` of `total` parts
of a stage are finished. The name of the stage is a plural such as `cells` or `sizes:
learning curve`. Both numbers are 0 for a stage without parts."""


def silent(done: int, total: int, stage: str) -> None:
    """A `Progress` that shows nothing."""
