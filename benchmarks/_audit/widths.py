"""The width that an audit chooses, without its other answers."""

from suffice.auditing._dependence import dependence
from suffice.auditing._memory import Memory
from suffice.auditing._width import width_curve


def chosen_widths(data, key, *, folds, restarts, max_width):
    """The width curve of a table in standard units; nothing is kept."""
    return width_curve(
        data,
        dependence=dependence(data, key=key),
        max_width=max_width,
        folds=folds,
        restarts=restarts,
        key=key,
        memory=Memory(None),
    )
