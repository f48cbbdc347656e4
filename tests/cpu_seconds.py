"""Which tests are slow, as measured: `./do test -m "not long" --cpu FILE`, then
`python tests/cpu_seconds.py FILE`, which writes the list `tests/slow.tsv`.

Measure with empty `.pytest_cache`: the first test of a program pays for compiling it.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).with_name("slow.tsv")
MOST = 1.5  # CPU seconds of a test that is not slow


def listed() -> dict[str, float]:
    """CPU seconds of every test of the list, by its name."""
    return dict(read(LIST))


def read(path: Path) -> Iterator[tuple[str, float]]:
    """The name and the CPU seconds of every line of a file."""
    for line in path.read_text().splitlines():
        seconds, name = line.split("\t")
        yield name, float(seconds)


def used() -> float:
    """CPU seconds of this process and of the processes that it has waited for."""
    return sum(os.times()[:4])


def main(paths: list[str]) -> None:
    """Add the slow tests of a measurement to the list."""
    seconds = listed() if LIST.exists() else {}
    for path in paths:
        for name, value in read(Path(path)):
            if value > MOST:
                seconds[name] = value
    rows = sorted((name, value) for name, value in seconds.items())
    LIST.write_text("".join(f"{value:.2f}\t{name}\n" for name, value in rows))


if __name__ == "__main__":
    main(sys.argv[1:])
