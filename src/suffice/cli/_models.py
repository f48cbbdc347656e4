"""Models from a saved file, or from a Python file of the user."""

import dataclasses
import importlib.util
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro


@dataclasses.dataclass(frozen=True)
class FileModel:
    """A model of your own."""

    file: Annotated[str, tyro.conf.Positional]
    """FILE.npz written by suffice.models.save_model, or FILE.py:name; a Python file is
    executed, so name only one that you trust."""
    inputs: tuple[int, ...] = ()
    """Number of inputs, or their shape, of a model that does not say it: 3, or
    1 28 28."""

    def __post_init__(self):
        from suffice._core import check_file, did_you_mean, exists
        from suffice.architectures._shared import KINDS

        path, _ = self._place()
        if exists(Path(path)) or Path(path).suffix:
            check_file(path)
            return
        hint = did_you_mean(self.file, KINDS) or "."
        raise ValueError(
            f"{self.file!r} is neither a kind of model ({', '.join(KINDS)}) nor a file"
            f"{hint}"
        )

    def check(self) -> None:
        """Raise a ValueError for a file that is no archive of arrays."""
        path, name = self._place()
        if name is None:
            from suffice._core import read_arrays

            read_arrays(path)

    def normal(self, key):
        """Return the model in the file."""
        from suffice.models import load_model

        del key
        path, name = self._place()
        return load_model(path) if name is None else from_python(Path(path), name)

    def domain(self, model: Any) -> Any:
        """Return the domain of the model: its own, or that of `inputs`.

        Raises:
            ValueError: The model names no domain and no inputs are given, or both.
        """
        from suffice.models import RealSpace
        from suffice.models._shared import own_domain, recognised

        own = own_domain(recognised(model))
        if own is None and not self.inputs:
            raise ValueError(
                f"{self.file} does not say what its inputs are; give their number or "
                "shape: --inputs 3, or --inputs 1 28 28."
            )
        if own is not None and self.inputs:
            raise ValueError(f"{self.file} says what its inputs are; omit --inputs.")
        return own or RealSpace(self.inputs)

    def _place(self) -> tuple[str, str | None]:
        """The file, and the name in it if it is a Python file."""
        path, colon, name = self.file.rpartition(":")
        if self.file.endswith(".py"):
            raise ValueError(f"{self.file}: name the model in it, {self.file}:NAME.")
        return (path, name) if colon and path.endswith(".py") else (self.file, None)


def from_python(path: Path, name: str) -> Any:
    """Execute a Python file of the user and return the model of one name in it.

    Raises:
        ValueError: The file does not define the name, or the name is not a model.
    """
    return _checked(executed(path, name), f"{path}:{name}")


def member(name: str, what: str) -> Any:
    """Execute the file of `FILE.py:NAME` and return what has the name in it.

    Args:
        name: What the user wrote.
        what: What is expected, such as "law".

    Raises:
        ValueError: It is no FILE.py:NAME, or the file does not define the name.
    """
    from suffice._core import check_file

    path, colon, own = name.rpartition(":")
    if not colon or not path.endswith(".py"):
        raise ValueError(f"{name} is no {what}; expected FILE.py:NAME.")
    check_file(path)
    return executed(Path(path), own)


def executed(path: Path, name: str) -> Any:
    """Execute a Python file of the user and return what has a name in it.

    Raises:
        ValueError: The file does not define the name.
        ImportError: The file imports a module of an extra that is not installed.
    """
    from suffice._core import importing

    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    print(f"suffice: executing {path} for {name!r}", file=sys.stderr)
    module = importlib.util.module_from_spec(spec)
    try:
        with importing(str(path)):
            spec.loader.exec_module(module)
    except SystemExit:
        raise ValueError(
            f"{path} ends the program when it is executed (sys.exit); remove that."
        ) from None
    if not hasattr(module, name):
        names = [n for n in vars(module) if not n.startswith("_")]
        raise ValueError(f"{path} defines no {name!r}; it has {', '.join(names)}.")
    return getattr(module, name)


def _checked(model: Any, where: str) -> Any:
    from suffice._core import count_parameters, is_torch
    from suffice.tangent import from_torch

    if is_torch(model):
        model = from_torch(model)
    if not callable(model) or count_parameters(model) == 0:
        raise ValueError(
            f"{where} is no model: expected a callable pytree with floating-point "
            "arrays as its parameters, such as an equinox module or "
            "jax.tree_util.Partial(function, parameters), or a torch.nn.Module."
        )
    return model
