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

    def normal(self, key):
        """Return the model in the file."""
        del key
        path, colon, name = self.file.rpartition(":")
        if colon and path.endswith(".py"):
            return from_python(Path(path), name)
        return _saved(self.file)


def from_python(path: Path, name: str) -> Any:
    """Execute a Python file of the user and return the model of one name in it.

    Raises:
        ValueError: The file does not exist, does not define the name, or the name is
            not a model.
    """
    if not path.is_file():
        raise ValueError(f"there is no Python file {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    print(f"suffice: executing {path} for {name!r}", file=sys.stderr)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        names = [n for n in vars(module) if not n.startswith("_")]
        raise ValueError(f"{path} defines no {name!r}; it has {', '.join(names)}.")
    model = getattr(module, name)
    return _checked(model, f"{path}:{name}")


def _checked(model: Any, where: str) -> Any:
    from suffice._core import count_parameters
    from suffice.tangent import from_torch

    if any(cls.__module__.startswith("torch.nn") for cls in type(model).__mro__):
        model = from_torch(model)
    if not callable(model) or count_parameters(model) == 0:
        raise ValueError(
            f"{where} is no model: expected a callable pytree with floating-point "
            "arrays as its parameters, or a torch.nn.Module."
        )
    return model


def _saved(file: str) -> Any:
    from suffice.architectures._shared import KINDS
    from suffice.models import load_model

    if not Path(file).exists() and not Path(file).suffix:
        raise ValueError(
            f"{file!r} is neither a kind of model ({', '.join(KINDS)}) nor a file."
        )
    return load_model(file)
