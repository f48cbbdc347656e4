"""One file gives every reader the same numbers; every error names line and remedy."""

import csv
import gzip
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from suffice._core import read_arrays
from suffice._core.tables import (
    is_missing,
    numeric,
    read_cells,
    read_frame,
    read_numbers,
    TableError,
)
from suffice.auditing import read_pool, read_table, Table
from suffice.cli._common import read_samples
from suffice.cli._sets import read_sets
from suffice.completion import read_entries

NAN = float("nan")
NUMBERS = np.array([[0.5, -2, 30], [1, NAN, 1e-3], [2.25, 4, 7], [3, 5, 11]])
SETS = ("train", "test", "train", "test")


def written(numbers=NUMBERS, separator=",", missing="", decimal=".", extra=None):
    """Numbers with names, and perhaps a column of text, as a text."""
    lines = [["a", "b", "c"]]
    for row in numbers:
        cells = [missing if np.isnan(x) else f"{x:.12g}" for x in row]
        lines.append([cell.replace(".", decimal) for cell in cells])
    if extra is not None:
        lines = [[*line, end] for line, end in zip(lines, extra, strict=True)]
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(lines)
    return file.getvalue()


SPELLINGS = ["", "NA", "na", "N/A", "#N/A", "<NA>", "nan", "NaN", "null", "None", "?",
             "-", "--", "."]  # fmt: skip
FILES = {
    "comma": ("t.csv", written()),
    "tab": ("t.tsv", written(separator="\t")),
    "tab in a csv": ("t.csv", written(separator="\t")),
    "semicolon": ("t.csv", written(separator=";")),
    "bar": ("t.txt", written(separator="|")),
    "blanks": ("t.dat", written(separator=" ", missing="NA")),
    "several blanks": (
        "t.txt",
        written(separator=" ", missing="NA")
        .replace(" ", "   ")
        .replace("\n", "  \n  "),
    ),
    "decimal comma": ("t.csv", written(separator=";", decimal=",")),
    "decimal comma and tab": ("t.tsv", written(separator="\t", decimal=",")),
    "byte order mark": ("t.csv", b"\xef\xbb\xbf" + written().encode()),
    "carriage returns": ("t.csv", written().replace("\n", "\r\n")),
    "old line ends": ("t.csv", written().replace("\n", "\r")),
    "no line end": ("t.csv", written().rstrip("\n")),
    "blank lines": ("t.csv", "\n" + written().replace("\n", "\n\n") + "\n  \n"),
    "lines of separators at the end": ("t.csv", written() + ",,\n,,\n"),
    "quotes": ("t.csv", '"a","b","c"\n"0.5",-2,"30"\n1,"",1e-3\n2.25,4,7\n3,5,11\n'),
    "blanks in cells": ("t.csv", written().replace(",", " , ")),
    "gzip": ("t.csv.gz", gzip.compress(written().encode())),
    "gzip without its suffix": ("t.csv", gzip.compress(written().encode())),
    "no suffix": ("t", written()),
    "plus signs": ("t.csv", written().replace("30", "+30")),
    **{f"missing as {s!r}": ("t.csv", written(missing=s)) for s in SPELLINGS},
}


def saved(folder, name, content):
    path = folder / name
    if name.endswith(".parquet"):
        content.to_parquet(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def by_frame(path):
    frame = read_frame(path, single=True)
    return np.stack([numeric(frame[name], path) for name in frame], axis=1)


def by_completion(path):
    return read_entries(path, format="matrix").observed.dense(NAN)


@pytest.mark.parametrize("kind", FILES)
def test_every_reader_gets_the_same_numbers(tmp_path, kind):
    path = saved(tmp_path, *FILES[kind])
    np.testing.assert_array_equal(by_frame(path), NUMBERS)
    np.testing.assert_array_equal(by_completion(path), NUMBERS)
    assert list(read_frame(path).columns) == list("abc")
    assert read_entries(path, format="matrix").columns == tuple("abc")


def test_parquet_gives_the_same_numbers(tmp_path):
    path = saved(tmp_path, "t.parquet", pd.DataFrame(NUMBERS, columns=list("abc")))
    np.testing.assert_array_equal(by_frame(path), NUMBERS)
    np.testing.assert_array_equal(by_completion(path), NUMBERS)
    labelled = pd.DataFrame(NUMBERS, list("wxyz"), ["1990", "1995", "2000"])
    table = read_entries(saved(tmp_path, "labelled.parquet", labelled))
    assert table.rows == tuple("wxyz")
    assert table.columns == ("1990", "1995", "2000")
    np.testing.assert_array_equal(table.observed.dense(NAN), NUMBERS)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("decimal", [".", ","])
def test_numbers_without_holes_reach_every_consumer(tmp_path, separator, decimal):
    if separator == decimal:
        return
    numbers = np.arange(36).reshape(12, 3) ** 2 / 4
    text = written(numbers, separator, decimal=decimal)
    path = saved(tmp_path, "t.txt", text)
    np.testing.assert_array_equal(by_frame(path), numbers)
    np.testing.assert_array_equal(by_completion(path), numbers)
    np.testing.assert_array_equal(read_numbers(path), numbers)
    np.testing.assert_array_equal(read_samples(str(path)), numbers)
    table = Table(("b", "c"), "a", numbers[:, 1:], numbers[:, 0])
    np.testing.assert_array_equal(read_pool(path, table).x, numbers[:, 1:])
    read = read_table(path, "a")
    np.testing.assert_array_equal(read.y, numbers[:, 0])
    np.testing.assert_array_equal(read.x, numbers[:, 1:])
    words = ["set", *["train", "test"] * 6]
    path = saved(tmp_path, "s.txt", written(numbers, separator, "", decimal, words))
    sets = read_sets(str(path), "a", "set")
    np.testing.assert_array_equal(sets.train[0], numbers[::2, 1:])
    np.testing.assert_array_equal(sets.test[1], numbers[1::2, 0])


def test_true_and_false_are_one_and_zero(tmp_path):
    text = "a,b,c\n1,true,2\n3,FALSE,4\n"
    expected = np.array([[1, 1, 2], [3, 0, 4.0]])
    path = saved(tmp_path, "t.csv", text)
    np.testing.assert_array_equal(by_frame(path), expected)
    np.testing.assert_array_equal(by_completion(path), expected)


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("name;x\nSmith, J;1\nDoe, A;2\n", ";"),
        ("name,x\na;b,1\nc;d,2\n", ","),
        ("x,m;y,m\n1,5;2,5\n3,5;4\n", ";"),
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ('x;y\n"1;2";3\n', ";"),
        ("time\n2020-01-01 10:00\n2020-01-02 11:00\n", ","),
        ("my column\n1\n2\n", ","),
        ("ann;tea;4\nbob;milk;2\n", ";"),
    ],
)
def test_the_separator_is_found(tmp_path, text, separator):
    assert read_cells(saved(tmp_path, "t.csv", text)).separator == separator


@pytest.mark.parametrize("name", ["\\t", "tab", "\t"])
def test_a_separator_can_be_named(tmp_path, name):
    path = saved(tmp_path, "t.csv", "a,b\tc\n1,2\t3\n")
    assert read_cells(path, name).text.tolist() == [["a,b", "c"], ["1,2", "3"]]


REFUSED = {
    "empty": ("", "is empty"),
    "blank lines": ("\n \n", "is empty: it holds only blank lines"),
    "binary": (b"\x89PNG\0\0", "is a binary file and no text file; export"),
    "utf-16": (written().encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
    "latin-1": (
        "a,b\n1,é\n".encode("latin-1"),
        "line 2: byte 0xe9 .* save the file as",
    ),
    "damaged gzip": (gzip.compress(b"a,b\n1,2\n")[:-6], "damaged gzip file"),
    "short line": ("a,b\n1,2\n\n3\n", "line 4: 1 fields where .* 2; write a missing"),
    "long line": ("a,b\n1,2\n3,4,5\n", "line 3: 3 fields where .* quotes around"),
    "open quote": ('a,b\n1,2\n"3,4\n', "lines from 3: .* look for a quote"),
    "header only": ("a,b,c\n", "has a header and no rows"),
    "text": (
        "a,b,c\n1,2,3\n\n4,x,6\n5,6,7\n",
        "line 4, column 'b': 'x' is text; .*corr",
    ),
    "date": (
        "a,b\n1,2020-01-01\n",
        "line 2, column 'b': '2020-01-01' is a date; write a",
    ),
    "infinite": (
        "a,b\n1,inf\n",
        "line 2, column 'b': 'inf' is infinite; .* leave it bl",
    ),
    "two marks": (
        "a;b\n1;1,5\n2;2.5\n",
        "line 2, column 'b': '1,5' has a decimal comma; write decimal points",
    ),
    "no file": (None, "does not exist; did you mean 'tt.csv'"),
}


@pytest.mark.parametrize("reader", [by_frame, by_completion, read_numbers])
@pytest.mark.parametrize("kind", REFUSED)
def test_every_reader_refuses_in_the_same_words(tmp_path, kind, reader):
    content, message = REFUSED[kind]
    name = "tt.csv" if content is None else "t.csv"
    saved(tmp_path, name, written() if content is None else content)
    with pytest.raises(TableError, match=message) as caught:
        reader(tmp_path / "t.csv")
    assert str(caught.value).startswith(str(tmp_path / "t.csv"))
    assert "\n" not in str(caught.value)


def test_a_missing_value_is_refused_where_none_is_allowed(tmp_path):
    path = saved(tmp_path, "t.csv", "a,b\n1,2\n3,?\n")
    with pytest.raises(
        TableError, match="line 3, column 'b': the value is missing; fill"
    ):
        read_numbers(path)
    with pytest.raises(TableError, match=r"t\.csv, line 3, column 'b': the value is"):
        read_samples(str(path))


numbers = st.one_of(
    st.none(), st.integers(-(10**6), 10**6), st.floats(allow_nan=False, width=64)
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=30),
    separator=st.sampled_from([",", ";", "\t", "|", " "]),
    decimal=st.sampled_from([".", ","]),
    missing=st.sampled_from(SPELLINGS),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read(
    tmp_path_factory, rows, separator, decimal, missing, end
):
    if separator == decimal:
        separator = ";"
    if separator == " " and not missing:
        missing = "NA"
    values = np.array([[NAN if x is None else float(x) for x in row] for row in rows])
    values = np.where(np.abs(values) > 1e100, 1.0, values)
    lines = [["a", "b", "c"]]
    for row in values.tolist():
        cells = [missing if np.isnan(x) else repr(x) for x in row]
        lines.append([cell.replace(".", decimal, cell != missing) for cell in cells])
    text = end.join(separator.join(line) for line in lines) + end
    path = saved(tmp_path_factory.mktemp("t"), "t.csv", text)
    if not (np.isnan(values).all(axis=1)).any():
        np.testing.assert_array_equal(by_frame(path), values)
    if not np.isnan(values).all() and not np.isnan(values[-1]).all():
        np.testing.assert_array_equal(by_completion(path), values)


def test_arrays_come_by_name_and_without_pickle(tmp_path):
    np.save(tmp_path / "one.npy", np.arange(3))
    assert read_arrays(tmp_path / "one.npy")["x"].tolist() == [0, 1, 2]
    np.savez(tmp_path / "two.npz", a=np.ones(2), b=np.zeros(3))
    assert sorted(read_arrays(tmp_path / "two.npz")) == ["a", "b"]
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    damaged = (tmp_path / "two.npz").read_bytes()[:-30]
    (tmp_path / "damaged.npz").write_bytes(damaged)
    (tmp_path / "text.npy").write_text("1,2,3")
    for name in ("objects.npy", "damaged.npz", "text.npy"):
        with pytest.raises(TableError, match=r"no|not a plain file .* without objects"):
            read_arrays(tmp_path / name)
    with pytest.raises(TableError, match=r"does not exist; did you mean 'one\.npy'"):
        read_arrays(tmp_path / "on.npy")


def test_a_number_that_marks_missing_values_stands_for_all_its_spellings():
    cells = np.array([["0", "0.0"], ["-0", "1"], ["-999.00", "x"]], object)
    found = is_missing(cells, ["0", "-999", "X"])
    np.testing.assert_array_equal(found, [[True, True], [True, False], [True, True]])
