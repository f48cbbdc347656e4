"""What the tests of sweeps share."""

import pytest
from stored import STUDY

from suffice.sweeps import sweep


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An undisturbed store, only read."""
    store = tmp_path_factory.mktemp("whole") / "store"
    sweep(STUDY, store)
    return store
