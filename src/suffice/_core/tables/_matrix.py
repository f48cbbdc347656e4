"""A table of numbers without names."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from ._columns import numeric
from ._frame import read_frame

OUT = "take the column out of the file"  # an advice of an error


def read_numbers(
    path: str | Path, *, delimiter: str | None = None
) -> Float[np.ndarray, "n columns"]:
    """Read a file in which every column is numeric and no cell is missing.

    Args:
        path: Text file, plain or gzipped, or Parquet file.
        delimiter: Separator of the cells of a text file; None detects it.

    Raises:
        TableError: A column is not numeric, or a cell is missing.
    """
    frame = read_frame(path, delimiter=delimiter, single=True)
    columns = [
        numeric(frame.iloc[:, place], path, missing_ok=False, otherwise=OUT)
        for place in range(frame.shape[1])
    ]
    return np.stack(columns, axis=1)
