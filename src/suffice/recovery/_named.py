"""Functions of the user, under a name by which every worker finds them."""

import importlib
from collections.abc import Callable


def load(name: str, field: str) -> Callable:
    """The function behind a name.

    Args:
        name: `module:function`, importable wherever the study runs.
        field: What it is for, as errors call it.

    Raises:
        ValueError: The name has another form, or leads nowhere.
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
