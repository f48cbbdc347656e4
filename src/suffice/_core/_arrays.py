"""Arrays from the files of NumPy, without pickle."""

from pathlib import Path

import numpy as np

from ._reading import check_file, TableError


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read a `.npy` or `.npz` file.

    Args:
        path: The file; its content determines the format.

    Returns:
        Arrays by name; the array of a `.npy` file is named `x`.

    Raises:
        TableError: The file is missing, empty or damaged, has another format, or holds
            Python objects, which need pickle.
    """
    path = check_file(path)
    try:
        with path.open("rb") as file:
            content = np.load(file, allow_pickle=False)
            if isinstance(content, np.ndarray):
                return {"x": content}
            return {name: content[name] for name in content.files}
    except Exception as error:  # zipfile, zlib and NumPy raise many kinds
        raise TableError(
            f"{path} is not a plain file of NumPy arrays ({type(error).__name__}: "
            f"{error}); write it with numpy.save or numpy.savez, without objects."
        ) from error
