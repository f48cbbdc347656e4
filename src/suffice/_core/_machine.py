"""The machine: memory asked for at once, the processor, a folder of the user."""

import contextlib
import hashlib
import os
import platform
from pathlib import Path

from threadpoolctl import threadpool_limits

from ._reading import TableError

NUMBER = 8  # bytes of a float64
LISTED = 2**28  # bytes of an array whose size a few words on a command line can name
UNPACKED = 2**28  # bytes of a small file in memory
NARROW = 256  # columns; with fewer, threads of BLAS wait longer than they work


def check_size(numbers: int, what: str, remedy: str, most: float = LISTED) -> None:
    """Check that an array can be allocated, before it is.

    Args:
        numbers: How many numbers of eight bytes are needed.
        what: The subject of the sentence, such as `a model with width 1000`.
        remedy: What to do instead.
        most: The limit, in bytes.

    Raises:
        ValueError: They need more than the limit; the message contains the estimate.
    """
    if numbers * NUMBER > most:
        raise ValueError(
            f"{what} needs about {in_words(numbers * NUMBER)} of memory, and the limit "
            f"is {in_words(most)}; {remedy}."
        )


def check_growth(path: object, stored: int, unpacked: int) -> None:
    """Check that a file does not grow beyond measure when it is unpacked.

    Args:
        path: The file.
        stored: Its bytes on the disk.
        unpacked: Its bytes in memory.

    Raises:
        TableError: It grows to more than ten times its size, and above 256 MiB.
    """
    most = most_unpacked(stored)
    if unpacked > most:
        raise TableError(
            f"{path} has {in_words(stored)} and needs at least {in_words(unpacked)} in "
            f"memory, and the limit is {in_words(most)}; store it without compression, "
            "if you trust it."
        )


def most_unpacked(stored: int) -> int:
    """The most bytes to which a file of `stored` bytes may grow in memory."""
    return max(UNPACKED, 10 * stored)


def free_memory() -> float:
    """The bytes of memory that are free on this machine; infinite if it is unknown."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


def threads_for(columns: int) -> threadpool_limits:
    """A context in which narrow matrices have one BLAS thread.

    Beside other work on the same cores, two threads need ten times as long.
    """
    return threadpool_limits(1 if columns < NARROW else None, "blas")


def in_words(count: int | float) -> str:
    """A number of bytes in a suitable unit."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} PB"


def processor() -> str:
    """The name of the processor, on which the last digits of a number may depend."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as described:
        for line in described:  # one entry for each core: the first says it
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def compiled_folder() -> str | None:
    """The folder in which this user keeps compiled programs for this processor.

    None if the user has no home or may not write there. JAX names each program by its
    version, so that another version compiles anew.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    host = hashlib.blake2b(processor().encode(), digest_size=4).hexdigest()
    folder = Path(cache, "suffice", f"jax-{host}")
    if not folder.is_absolute():
        return None
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return str(folder) if os.access(there, os.W_OK | os.X_OK) else None


def compile_cache() -> dict[str, str | int]:
    """Settings of JAX that keep every compiled program in `compiled_folder`."""
    if (folder := compiled_folder()) is None:
        return {}
    return {
        "jax_compilation_cache_dir": folder,
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
