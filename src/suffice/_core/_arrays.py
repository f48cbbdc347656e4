"""Arrays from the files of NumPy, without pickle."""

import math
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ._machine import check_growth
from ._reading import check_file, TableError


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read a `.npy` or `.npz` file.

    Args:
        path: The file; its content determines the format.

    Returns:
        Arrays by name; the array of a `.npy` file is named `x`.

    Raises:
        TableError: The file is missing, empty or damaged, has another format, holds
            Python objects, which need pickle, or grows beyond measure in memory.
    """
    path = check_file(path)
    try:
        with path.open("rb") as file:
            check_growth(path, path.stat().st_size, _announced(file))
            file.seek(0)
            content = np.load(file, allow_pickle=False)
            if isinstance(content, np.ndarray):
                return {"x": content}
            return {name: content[name] for name in content.files}
    except TableError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise many kinds
        raise TableError(
            f"{path} is not a plain file of NumPy arrays ({type(error).__name__}: "
            f"{error}); write it with numpy.save or numpy.savez, without objects."
        ) from error


def _announced(file: BinaryIO) -> int:
    """The bytes of all arrays of a file, from their headers."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        return _bytes_of(file)
    with zipfile.ZipFile(file) as archive:
        total = 0
        for member in archive.infolist():
            with archive.open(member) as part:
                arrays = member.filename.endswith(".npy")
                total += _bytes_of(part) if arrays else member.file_size
        return total


def _bytes_of(file) -> int:
    """The bytes of the array that follows a header of NumPy."""
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    shape, _, dtype = read[np.lib.format.read_magic(file)](file)
    return math.prod(shape) * dtype.itemsize
