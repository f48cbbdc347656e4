"""The flags that say where one may measure: a region, or a pool."""

from collections.abc import Sequence
from typing import Any

from ._common import once


def region_of(options: Any, fixed: Sequence[tuple[str, Any]]) -> Any:
    """The region that the flags declare, or None.

    Args:
        options: Flags with the fields of `Region` that are no fixed values.
        fixed: Inputs with the value at which each of them stays.

    Raises:
        ValueError: A flag names an input twice.
    """
    from suffice.auditing import Region

    region = Region(
        range={n: (low, high) for n, low, high in once(options.range, "range")},
        integer=options.integer,
        step=dict(once(options.step, "step")),
        levels={n: tuple(values) for n, *values in once(options.levels, "levels")},
        fixed=dict(once(fixed, "fixed")),
        require=options.require,
    )
    return region if region.declared else None


def pool_of(options: Any, table: Any) -> Any:
    """The candidates of the user, or None.

    Args:
        options: Flags `pool` and `cost`.
        table: A table with the inputs; its rows do not matter.

    Raises:
        ValueError: There are costs without candidates.
    """
    from suffice.auditing import read_pool

    if options.pool is None:
        if options.cost is not None:
            raise ValueError("--cost names a column of --pool, which is missing.")
        return None
    return read_pool(options.pool, table, cost=options.cost)
