"""What is installed on demand: `pip install "suffice[pages]"`, and what needs it."""

import contextlib
import importlib.util
from collections.abc import Iterator

# The modules of each extra of pyproject.toml that this package imports.
EXTRAS = {
    "pages": ("matplotlib", "jinja2"),
    "convex": ("cvxpy",),
    "parquet": ("pyarrow",),
    "cluster": ("distributed",),
    "nufft": ("finufft",),
    "ode": ("diffrax",),
}


class MissingExtra(ImportError):
    """Something needs a package that is installed on demand."""


def require(what: str, *extras: str) -> None:
    """Refuse what needs extras that are not installed.

    It is called before any work, so that no minute of computing is lost.

    Args:
        what: What needs them: a flag, a file, an argument, a function.
        extras: Names of extras, keys of `EXTRAS`.

    Raises:
        MissingExtra: A module of theirs is missing.
    """
    missing = {
        extra: module
        for extra in extras
        for module in reversed(EXTRAS[extra])
        if importlib.util.find_spec(module) is None
    }
    if missing:
        raise MissingExtra(_sentence(what, missing))


@contextlib.contextmanager
def importing(what: str) -> Iterator[None]:
    """Imports inside that fail for want of an extra name it.

    Args:
        what: What is imported.

    Raises:
        MissingExtra: A module of an extra is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        missing = {extra: module for extra in EXTRAS if module in EXTRAS[extra]}
        if not missing:
            raise
        raise MissingExtra(_sentence(what, missing), name=error.name) from None


def _sentence(what: str, missing: dict[str, str]) -> str:
    modules = " and ".join(missing.values())
    verb = "is" if len(missing) == 1 else "are"
    return (
        f"{what} needs {modules}, which {verb} not installed: "
        f'pip install "suffice[{",".join(missing)}]".'
    )
