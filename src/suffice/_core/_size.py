"""How much is allocated at once: estimated before, and refused above a limit."""

import os

from ._reading import TableError

NUMBER = 8  # bytes of a float64
LISTED = 2**28  # bytes of an array whose size a few words on a command line can name
UNPACKED = 2**28  # bytes of a small file in memory


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


def in_words(count: int | float) -> str:
    """A number of bytes in a suitable unit."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} PB"
