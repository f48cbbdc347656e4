"""The region where one may measure, as the user declares it."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Region:
    """Where one may measure: what is said of single inputs, and conditions on several.

    An input with a range, levels or a fixed value is no longer limited to what was
    measured. One that a condition names keeps its measured ends unless it has a range,
    and the condition takes the place of the dependences that the rows show. All other
    inputs stay in the region that the rows cover.

    Attributes:
        range: Least and largest value of an input, by name.
        integer: Names of the inputs that take whole numbers only.
        step: Distance of neighbouring values of an input, by name. They are counted
            from the lower end of its range or, without a range, from zero.
        levels: The only values of an input, by name.
        fixed: The value at which an input stays, by name.
        require: Linear conditions such as `a + b <= 1` or `a + b + c = 1`.

    Examples:
        >>> sf.auditing.Region(range={"x": (0, 10)}, step={"x": 0.5}).declared
        True
    """

    range: Mapping[str, tuple[float | int, float | int]] = dataclasses.field(
        default_factory=dict
    )
    integer: tuple[str, ...] = ()
    step: Mapping[str, float | int] = dataclasses.field(default_factory=dict)
    levels: Mapping[str, tuple[float | int | str, ...]] = dataclasses.field(
        default_factory=dict
    )
    fixed: Mapping[str, float | int | str] = dataclasses.field(default_factory=dict)
    require: tuple[str, ...] = ()

    @property
    def declared(self) -> bool:
        """Whether anything is said at all."""
        return any(getattr(self, field.name) for field in dataclasses.fields(self))
