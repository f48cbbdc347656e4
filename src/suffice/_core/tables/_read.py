"""Files into data frames: what is not a table is refused in one sentence."""

import csv
import difflib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*DELIMITERS, ".parquet")


class TableError(ValueError):
    """A table that cannot be read as asked, and what to do about it."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name as a question, or nothing."""
    folded = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def read_frame(
    path: str | Path | pd.DataFrame,
    *,
    delimiter: str | None = None,
    single: bool = False,
) -> pd.DataFrame:
    """Read a CSV, TSV or Parquet file, every cell of a text file still as text.

    Args:
        path: The file; its suffix decides the format. A data frame is copied, its
            rows numbered from 0 and its columns named by text.
        delimiter: Between the fields of a text file; None takes the comma for `.csv`
            and the tab for `.tsv`.
        single: Whether one column is enough.

    Raises:
        TableError: The file is missing, a folder, of another format, empty, not text,
            ragged, without rows, or has repeated or missing column names.
    """
    if not isinstance(path, str | Path):
        return _named(path.reset_index(drop=True), "the data frame")
    path = Path(path)
    _check_path(path)
    if path.suffix.lower() == ".parquet":
        return _check_frame(_read_parquet(path), path)
    rows = _read_text(path, _delimiter(path, delimiter), single)
    return _check_frame(rows, path)


def _delimiter(path: Path, given: str | None) -> str:
    if given is None:
        return DELIMITERS[path.suffix.lower()]
    return "\t" if given in ("\\t", "tab") else given


def _check_path(path: Path) -> None:
    if path.is_dir():
        raise TableError(f"{path} is a folder; name the file inside it.")
    if not path.exists():
        there = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = did_you_mean(path.name, (p.name for p in there))
        raise TableError(f"{path} does not exist{hint or '.'}")
    if path.suffix.lower() not in SUFFIXES:
        raise TableError(
            f"{path} ends in {path.suffix or 'nothing'!r}; expected one of "
            f"{', '.join(SUFFIXES)}: export the table as CSV or Parquet."
        )
    if path.stat().st_size == 0:
        raise TableError(f"{path} is empty (0 bytes).")


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except Exception as error:  # pyarrow raises many kinds, each about the file
        raise TableError(f"{path} is not a readable Parquet file.") from error


def _read_text(path: Path, delimiter: str, single: bool) -> pd.DataFrame:
    if len(delimiter) != 1:
        raise TableError(f"delimiter is {delimiter!r}; expected one character.")
    rows = _split(path, _decode(path), delimiter)
    if not rows:
        raise TableError(f"{path} holds only blank lines.")
    header = [name.strip() for name in rows[0][1]]
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise TableError(
                f"{path}, line {line}: {len(row)} fields where the header has "
                f"{len(header)}; a field that contains {delimiter!r} needs quotes."
            )
    _check_delimiter(path, header, delimiter, single)
    cells = [row for _, row in rows[1:]]
    index = pd.Index([line for line, _ in rows[1:]], name="line")
    return pd.DataFrame(cells, index=index, columns=pd.Index(header), dtype=str)


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(f"{path} is UTF-16 text; save it as UTF-8.")
    if b"\0" in raw:
        raise TableError(f"{path} is a binary file, not text, in spite of its name.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TableError(
            f"{path}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text; "
            "save the file as UTF-8."
        ) from error


def _split(path: Path, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(
        text.splitlines(keepends=True), delimiter=delimiter, strict=True
    )
    try:
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise TableError(f"{path}, line {reader.line_num}: {error}.") from error


def _check_delimiter(
    path: Path, header: list[str], delimiter: str, single: bool
) -> None:
    if len(header) > 1:
        return
    found = [mark for mark in ";\t,|" if mark != delimiter and mark in header[0]]
    if found:
        raise TableError(
            f"{path} has one column when split at {delimiter!r}, and its header "
            f"contains {found[0]!r}; pass --delimiter {found[0]!r}."
        )
    if single:
        return
    raise TableError(
        f"{path} has the single column {header[0]!r}; expected one target and at "
        "least one input."
    )


def _named(frame: pd.DataFrame, source: Path | str) -> pd.DataFrame:
    names = [str(name) for name in frame.columns]
    frame.columns = pd.Index(names)
    if len(frame) == 0:
        raise TableError(f"{source} has a header and no rows.")
    if "" in names:
        place = names.index("") + 1
        raise TableError(f"{source}: column {place} of the header has no name.")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise TableError(f"{source} has more than one column named {repeated[0]!r}.")
    return frame


def _check_frame(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    names = list(_named(frame, path).columns)
    if all(map(_is_number, names)):
        raise TableError(
            f"{path}: the first line ({', '.join(names[:3])}, ...) holds numbers; "
            "add a header line with the names of the columns."
        )
    return frame


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
