from pathlib import Path

import jax
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")

MAPS = Path("/proc/self/maps")


@pytest.fixture
def key():
    return jax.random.key(20230717)


@pytest.fixture(autouse=True, scope="module")
def room_for_compiled_programs():
    """Forget compiled programs before the process has no memory map left for more.

    Linux allows 65,530 of them; thousands of programs use them up, and the compiler
    then aborts the process.
    """
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > 25_000:
        jax.clear_caches()
