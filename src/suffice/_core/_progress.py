"""How long work says how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, stage)`: how many pieces of a stage are done, out of
how many, and what they are, in the plural, such as `cells` or `sizes: learning curve`.
Where nothing is counted both numbers are 0."""


def silent(done: int, total: int, stage: str) -> None:
    """A `Progress` that shows nothing."""
