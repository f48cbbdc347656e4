"""Settings and fixtures of all tests."""

import ctypes
import gc
import os
from pathlib import Path

import jax
import jaxtyping
import psutil
import pytest
from cpu_seconds import listed, used

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")

MAPS = Path("/proc/self/maps")
FULL = 1.5e9  # bytes of a worker at which it forgets its compiled programs
GROWTH = 1.5e8  # bytes by which a worker grows before it gives memory back
TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it


def pytest_configure(config):
    """Keep compiled programs on the disk, for other processes and for the next run."""
    folder = str(config.rootpath / ".pytest_cache" / "compiled")
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", folder)
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


def pytest_addoption(parser):
    parser.addoption("--cpu", help="write the CPU seconds of every test to this file")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    slow = listed()
    for item in items:
        if item.nodeid in slow:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    start = used()
    try:
        return (yield)
    finally:
        if path := item.config.getoption("--cpu"):
            with open(path, "a") as file:
                file.write(f"{used() - start:.3f}\t{item.nodeid}\n")


@pytest.fixture
def key():
    return jax.random.key(20230717)


@pytest.fixture
def unchecked():
    """Switch the type checker off, to reach what a function itself refuses."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(autouse=True)
def freed_memory():
    """Return freed memory to the system; where much is still held, forget programs.

    Compiling leaves gaps that the C library keeps: without this, 1 GB in 100 tests.
    """
    yield
    if resident() > WORKER["limit"]:
        trim()
        if resident() > FULL:
            forget_programs()
        WORKER["limit"] = resident() + GROWTH


@pytest.fixture(autouse=True, scope="module")
def room_for_maps():
    """Forget compiled programs before no memory map is left for more.

    Linux allows 65,530; thousands of programs use them up, and the compiler then
    aborts the process.
    """
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > 25_000:
        forget_programs()


def resident():
    return psutil.Process().memory_info().rss


WORKER = {"limit": resident() + GROWTH}


def forget_programs():
    jax.clear_caches()
    gc.collect()
    trim()


def trim():
    if TRIM is not None:
        TRIM(0)
