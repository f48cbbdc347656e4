"""Completed entries are written in the manner of the file they came from."""

import numpy as np
import pytest

from suffice.completion import complete_table, read_entries
from suffice.completion._write_entries import entries_text

ROWS = ["x y z", "1.5 3 4.5", "NA 2 3", "3.5 7 NA"]
STYLES = {
    "commas": (",", "."),
    "tabs": ("\t", "."),
    "semicolons and decimal commas": (";", ","),
    "tabs and decimal commas": ("\t", ","),
    "blanks": (" ", "."),
}


def written(path, rows, separator, decimal):
    lines = [row.replace(".", decimal).replace(" ", separator) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("style", STYLES)
def test_a_completed_matrix_is_written_like_its_file(tmp_path, style):
    path = written(tmp_path / "m.txt", ROWS, *STYLES[style])
    text = entries_text(complete_table(read_entries(path), rank=1))
    filled = ["x y z", "1.5 3 4.5", "1 2 3", "3.5 7 10.5"]
    assert text == written(tmp_path / "f.txt", filled, *STYLES[style]).read_text()


@pytest.mark.parametrize("style", STYLES)
def test_what_stays_open_stays_missing(tmp_path, style):
    rows = ["x y", "1.5 3", "NA NA", "3.5 7"]
    path = written(tmp_path / "m.txt", rows, *STYLES[style])
    (tmp_path / "f.txt").write_text(
        entries_text(complete_table(read_entries(path), rank=1, next_size=0))
    )
    again = read_entries(tmp_path / "f.txt").observed.dense(np.nan)
    np.testing.assert_array_equal(again, [[1.5, 3], [np.nan, np.nan], [3.5, 7]])


@pytest.mark.parametrize("style", STYLES)
def test_completed_triplets_are_read_again(tmp_path, style):
    rows = ["row column value", "a p 1.5", "a q 3", "b p 2.5", "c r 1"]
    path = written(tmp_path / "t.txt", rows, *STYLES[style])
    text = entries_text(complete_table(read_entries(path), rank=1, next_size=0))
    (tmp_path / "f.txt").write_text(text)
    again = read_entries(tmp_path / "f.txt")
    assert again.format == "triplets"
    values = again.observed.dense(np.nan)
    np.testing.assert_array_equal(values[:2, :2], [[1.5, 3], [2.5, 5]])
    assert np.isnan(values[2, :2]).all()
