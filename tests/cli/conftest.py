"""What the tests of the command line share."""

import pytest
from bad_files import write_all


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with good files and many bad ones."""
    root = tmp_path_factory.mktemp("bad")
    write_all(root)
    return root
