"""Records back from disk."""

from pathlib import Path

from ._record import SpectralRecord
from ._record_file import read_arrays


def load_record(path: str | Path) -> SpectralRecord:
    """Read a record that `SpectralRecord.save` wrote.

    Args:
        path: The file; nothing in it is executed.

    Raises:
        ValueError: The file is missing, of another kind or damaged.
    """
    return SpectralRecord(read_arrays(path))
