"""Data sets that are not part of the package: where to find them."""

import os
from pathlib import Path

import pytest


def data_file(name):
    """The path of a file in the folder `SUFFICE_DATA`, or a skipped test."""
    folder = os.environ.get("SUFFICE_DATA")
    if folder is None:
        pytest.skip(
            f"{name} is not part of the package: set SUFFICE_DATA to its folder"
        )
    path = Path(folder) / name
    if not path.exists():
        pytest.skip(f"{name} is not in the folder SUFFICE_DATA={folder}")
    return path
