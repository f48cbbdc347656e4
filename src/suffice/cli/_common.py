"""Functions that every verb uses after its arguments are parsed."""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def start() -> None:
    """Import JAX in float64, which every rank needs; what fails earlier is cheap.

    Compiled programs are kept for the next command, unless JAX was told another place.
    """
    import jax

    from suffice._core import compile_cache

    jax.config.update("jax_enable_x64", True)
    if jax.config.values["jax_compilation_cache_dir"] is None:
        for name, value in compile_cache().items():
            jax.config.update(name, value)
        # A damaged entry, or a full disk, costs the time of compiling and no more.
        warnings.filterwarnings("ignore", ".*persistent compilation cache")


def key(seed: int) -> Any:
    """Return the random key of a seed."""
    import jax

    return jax.random.key(seed)


def emit(result: Any, *, json: bool) -> int:
    """Print an answer on standard output."""
    print(result.to_json() if json else result)
    return 0


def say(sentence: str) -> None:
    """Print one line on standard error."""
    print(f"suffice: {sentence}", file=sys.stderr)


def once(given: Sequence[Any], flag: str) -> list[Any]:
    """Return the values of a flag, each of which begins with a name.

    Raises:
        ValueError: Two of them begin with the same name, or one has none.
    """
    if not all(given):
        raise ValueError(f"--{flag} is given without a name.")
    names = [value[0] for value in given]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"--{flag} names {name!r} twice; give it once.")
    return list(given)


def drawn(flags: Any, seed: int) -> Any:
    """Return the model of some flags, with parameters drawn by a seed."""
    flags.check()
    start()
    return flags.normal(key(seed))


def domain_by(flags: Any, model: Any) -> Any:
    """Return the domain of a model that some flags describe.

    Raises:
        ValueError: A model of the user's own names none, and the flags neither.
    """
    return flags.domain(model) if hasattr(flags, "file") else model.domain


def read_samples(path: str) -> Any:
    """Read numbers from a table or an array file, one row per sample.

    Args:
        path: Text or Parquet file with numeric columns in the order of the inputs, or
            `.npy`, or `.npz` with one array or an array named `x`.

    Raises:
        ValueError: The file is of another kind, or the numbers are not finite.
    """
    suffix = Path(path).suffix.lower()
    return _array(path) if suffix in (".npy", ".npz") else _columns(path)


def as_inputs(path: str, x: Any, model: Any) -> Any:
    """Return the rows of a file as inputs of a model.

    Args:
        path: The file, for messages.
        x: What `read_samples` returned.
        model: The model, whose domain gives the shape of an input and, for matrices,
            the indices that exist.

    Returns:
        The inputs, shape `(samples, *shape of an input)`.

    Raises:
        ValueError: The inputs have another shape.
    """
    import numpy as np

    from suffice.models._shared import input_shape, own_domain

    domain = own_domain(model)
    shape = None if domain is None else input_shape(domain)
    if shape is not None and x.shape[1:] != shape:
        if x[0].size != int(np.prod(shape)):
            raise ValueError(
                f"{path} holds inputs of shape {x.shape[1:]}; the model takes {shape}. "
                "One column of a table is one input, and it has no others."
            )
        x = x.reshape(len(x), *shape)
    points = getattr(domain, "x", None)
    if points is not None and np.issubdtype(points.dtype, np.integer):
        return _known_points(path, x, points)
    return x


def _known_points(path, x, points):
    import numpy as np

    ends = points.max(0) + 1
    whole = np.clip(x, -1, ends).astype(int)
    inside = ((whole == x) & (whole >= 0) & (whole < ends)).all(1)
    codes = np.ravel_multi_index(tuple(np.where(inside, whole.T, 0)), tuple(ends))
    known = np.isin(codes, np.ravel_multi_index(tuple(points.T), tuple(ends)))
    if not (inside & known).all():
        number = int((inside & known).argmin())
        raise ValueError(
            f"{path}, sample {number + 1}: {x[number].tolist()} is no input of the "
            f"model; inputs are whole numbers such as {points[0].tolist()} to "
            f"{points[-1].tolist()}."
        )
    return whole


def _array(path):
    import numpy as np

    from suffice._core import read_arrays

    arrays = read_arrays(path)
    if len(arrays) != 1 and "x" not in arrays:
        raise ValueError(
            f"{path} holds arrays {list(arrays)}; expected one, or one 'x'."
        )
    content = arrays.get("x", next(iter(arrays.values())))
    if content.ndim < 2 or len(content) == 0 or content.dtype.kind not in "fiub":
        raise ValueError(
            f"{path} holds {content.dtype} of shape {content.shape}; expected numbers "
            "with one row per sample."
        )
    x = content.astype(float)
    if not np.isfinite(x).all():
        raise ValueError(
            f"{path} holds {int((~np.isfinite(x)).sum())} NaN or infinite numbers; "
            "expected finite numbers."
        )
    return x


def _columns(path):
    import numpy as np

    from suffice._core.tables import read_numbers

    return np.asarray(read_numbers(path))
