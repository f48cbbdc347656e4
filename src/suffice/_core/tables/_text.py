"""The text of a file: UTF-8, with or without a byte order mark, plain or gzipped."""

import functools
import gzip
import io
import sys
import zlib
from pathlib import Path
from typing import Any

from suffice._core._machine import check_growth, most_unpacked
from suffice._core._reading import check_file, TableError

INPUT = "-"  # the name of standard input

SUFFIXES = (".csv", ".tsv", ".parquet", ".txt", ".dat")
SHEETS = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".numbers")


def suffix_of(path: Path) -> str:
    """The suffix that determines the format; for `table.csv.gz` it is `.csv`."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def read_text(path: str | Path) -> str:
    """Read a text file, or standard input if the path is `-`.

    Raises:
        TableError: The file is missing, a folder, a spreadsheet, empty, a damaged gzip
            file, binary, or not UTF-8 (the message then names the line).
    """
    path, content = _content(path)
    if suffix_of(path) in SHEETS:
        raise TableError(
            f"{path} ends in {suffix_of(path)!r}; expected one of "
            f"{', '.join(SUFFIXES)}: export the table as CSV or Parquet."
        )
    content = _unzipped(path, content)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(f"{path} is UTF-16 text; save it as UTF-8.")
    if b"\0" in content:
        raise TableError(
            f"{path} is a binary file and no text file; export the table as CSV or "
            "Parquet."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(
            f"{path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8 "
            "text; save the file as UTF-8."
        ) from error


def _content(path: str | Path) -> tuple[Path, bytes]:
    if str(path) != INPUT:
        path = check_file(path)
        return path, path.read_bytes()
    if sys.stdin is None:
        raise TableError("standard input is closed; name a file, or redirect one.")
    path, content = Path("standard input"), _all_of(sys.stdin.buffer)
    if not content:
        raise TableError("standard input is empty (0 bytes).")
    return path, content


@functools.lru_cache(1)  # a stream can be read once only
def _all_of(stream: Any) -> bytes:
    return stream.read()


def _unzipped(path: Path, content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    most = most_unpacked(len(content))
    try:
        with gzip.open(io.BytesIO(content)) as file:
            text = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(
            f"{path} is a damaged gzip file ({error}); fetch or compress it again."
        ) from error
    check_growth(path, len(content), len(text))
    return text
