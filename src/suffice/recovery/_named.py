"""Functions of the user, given by a name that every worker can import."""

import importlib
from collections.abc import Callable


def load(name: str, field: str) -> Callable:
    """Return the function of a name.

    Args:
        name: `module:function`, importable on every machine that runs the study.
        field: Field of the study, for error messages.

    Raises:
        ValueError: The name has another form, or cannot be imported.
    """
    module, colon, function = name.partition(":")
    if not colon or not module or not function:
        raise ValueError(
            f"{field} is {name!r}; expected 'module:function', for instance "
            "'my_targets:ripple' for a function ripple in my_targets.py."
        )
    try:
        loaded = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"{field} is {name!r}, which leads nowhere: {error}."
        ) from error
    if not callable(loaded):
        raise ValueError(f"{field} is {name!r}, which is no function.")
    return loaded
