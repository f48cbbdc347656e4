"""Saving models in files that contain numbers and names, but no code."""

import dataclasses
import json
import os
import pathlib
import sys
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import (
    check_output,
    exists,
    Model,
    read_arrays,
    require_float64,
    whole_file,
)

from ._activation import Activation
from ._activations import activation
from ._linear import identity
from ._transformer_block import Block, CausalAttention, LayerNorm, Perceptron
from ._transformer_noise import OrthogonalNoise

_FORMAT = "suffice model"
_VERSION = 1
# Errors that a damaged file or a file of another kind can cause.
_DAMAGE = (
    *(AttributeError, KeyError, OSError, TypeError, ValueError),
    RecursionError,
)
_PARTS: dict[str, Any] = {
    cls.__name__: cls
    for cls in (Block, CausalAttention, LayerNorm, OrthogonalNoise, Perceptron)
}


def save_model(
    model: Model, path: str | os.PathLike[str], *, overwrite: bool = False
) -> pathlib.Path:
    """Write a model of this package to a file.

    The file is an `.npz` archive with the arrays, and with a JSON header that names the
    class and its activation. It is written completely or not at all.

    Args:
        model: An instance of a class of `suffice.models`.
        path: Path of the file, which is used without adding a suffix.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The path.

    Raises:
        ValueError: The model has another class, or its activation or features are a
            function without a name in this package.
        FileExistsError: The file exists and `overwrite` is False.

    Examples:
        >>> path = sf.save_model(sf.Linear(jnp.array([1.0, -2.0])), "linear.npz")
        >>> path.name
        'linear.npz'
    """
    path = check_output(pathlib.Path(path), replace=overwrite)
    name, classes = type(model).__name__, _classes()
    if classes.get(name) is not type(model):
        raise ValueError(
            f"model is a {name}; expected one of {', '.join(classes)}. Save the leaves "
            "of another pytree with equinox.tree_serialise_leaves."
        )
    arrays: dict[str, np.ndarray] = {}
    fields = _fields(model, arrays)
    header = {"format": _FORMAT, "version": _VERSION, "class": name, "fields": fields}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with whole_file(path, replace=overwrite) as file:
        np.savez(file, allow_pickle=False, header=text, **arrays)
    return path


def load_model(path: str | os.PathLike[str]) -> Any:
    """Read a model that `save_model` wrote.

    No code in the file is executed: it contains arrays and names of classes, and no
    pickled objects.

    Args:
        path: Path of the file.

    Returns:
        The model.

    Raises:
        ValueError: The file is no model file, is damaged, holds numbers that are not
            finite, or holds float64 numbers while JAX is in float32 mode.
        FileNotFoundError: There is no such file.

    Examples:
        >>> path = sf.save_model(sf.Diagonal(jnp.ones((2, 3))), "diagonal.npz")
        >>> sf.load_model(path)(jnp.ones(3)).item()
        3.0
    """
    path = pathlib.Path(path)
    if not exists(path):
        raise FileNotFoundError(f"there is no model file {path}; check the path.")
    try:
        arrays = read_arrays(path)
        header = json.loads(arrays.pop("header").tobytes())
        known = header["format"] == _FORMAT
        version, name, fields = header["version"], header["class"], header["fields"]
    except _DAMAGE as error:
        kind = type(error.__cause__ or error).__name__
        raise ValueError(
            f"{path} is not a model file of this package, or it is damaged "
            f"({kind}); expected a file that save_model wrote."
        ) from None
    classes = _classes()
    if not known or version != _VERSION or name not in classes:
        raise ValueError(
            f"{path} holds a {name!r} in format {header['format']!r} version "
            f"{version!r}; this package reads {_FORMAT!r} version {_VERSION} of "
            f"{', '.join(classes)}."
        )
    for key, array in arrays.items():
        if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
            raise ValueError(f"{path}: {key} holds values that are not finite numbers.")
        if array.dtype == np.float64:
            require_float64(f"The model in {path}")
    try:
        return classes[name](**{k: _decode(v, arrays) for k, v in fields.items()})
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ValueError(f"{path} describes no valid {name}: {error}") from None


def _classes() -> dict[str, Any]:
    """The classes of models that a file may contain."""
    return {
        name: value
        for name, value in vars(sys.modules["suffice.models"]).items()
        if isinstance(value, type)
        and issubclass(value, eqx.Module)
        and "__call__" in vars(value)
    }


def _fields(model, arrays):
    return {
        field.name: _encode(getattr(model, field.name), arrays)
        for field in dataclasses.fields(model)
    }


def _encode(value, arrays):
    if value is None:
        return None
    if _PARTS.get(type(value).__name__) is type(value):
        return {"part": [type(value).__name__, _fields(value, arrays)]}
    if isinstance(value, tuple):
        return {"tuple": [_encode(item, arrays) for item in value]}
    if isinstance(value, (jax.Array, np.ndarray)):
        name = f"array{len(arrays)}"
        arrays[name] = np.asarray(value)
        return {"array": name}
    if isinstance(value, Activation) and _named(value):
        return {"activation": value.name}
    if isinstance(value, (int, float, str)):
        return {type(value).__name__: value}
    if value is identity:
        return {"features": "identity"}
    what = value.name if isinstance(value, Activation) else value
    raise ValueError(
        f"{what!r} cannot be saved; expected an activation that has a name in this "
        "package, or identity features."
    )


def _named(value):
    if value.coefficients:
        return value.coefficients == activation(value.name).coefficients
    try:
        return activation(value.name) == value
    except ValueError:
        return False


def _decode(node, arrays) -> Any:
    if node is None:
        return None
    ((kind, content),) = node.items()
    if kind == "tuple":
        return tuple(_decode(item, arrays) for item in content)
    if kind == "array":
        return jnp.asarray(arrays[content])
    if kind == "activation" and isinstance(content, str):
        return activation(content)
    if kind in ("int", "float", "str") and type(content).__name__ == kind:
        return content
    if kind == "part":
        name, fields = content
        return _PARTS[name](**{k: _decode(v, arrays) for k, v in fields.items()})
    if kind == "features" and content == "identity":
        return identity
    raise ValueError(f"the header has an entry {kind!r} that this version cannot read")
