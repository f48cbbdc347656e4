"""How files are read: header, labels, one line per entry, and what overrides it."""

import gzip

import numpy as np
import pandas as pd
import pytest

from suffice._core.tables import TableError
from suffice.completion import read_entries
from suffice.completion._tables._layout import is_label

LONG = [
    f"{1 + k % 5}\t{1 + (k // 5 + k % 5) % 6}\t{1 + k % 4}\t{881250949 + k}"
    for k in range(20)
]
RATINGS = ["q1,q2,q3", *(f"{1 + k % 3},{1 + k % 4},{5 - k % 3}" for k in range(18))]

COUNTER = "x,y,z/" + "/".join(f"{k},{k * k},{-k}" for k in range(1, 11))

# A file (`/` ends a line); header; labels; rows, columns, observed entries.
MATRICES = (
    ("shop,1990,1991,1992/a,1,2,3/b,2,,6/c,3,6,9", True, True, 3, 3, 8),
    (",1990,1991/a,1,2/b,2,/c,3,6", True, True, 3, 2, 5),
    ("userId,1,2,50/7,4,,3/9,5,2,/11,,1,4", True, True, 3, 3, 6),
    ("state,63,64,65/1,2,3,/3,5,,7/4,8,9,6", True, True, 3, 3, 7),
    ("2001,2002,2003/4.1,4.4,/3.9,,4.0/5.0,5.2,5.1", True, False, 3, 3, 7),
    (",0.5,0.3/0.2,0.1,0.7/0.9,0.4,0.8", False, False, 3, 3, 8),
    (",2,3/4,5,6/7,8,9", False, False, 3, 3, 8),
    ("1,2,3/4,5,6/7,8,9", False, False, 3, 3, 9),
    ("1,2,3/2,4,/3,6,9", False, False, 3, 3, 8),
    ("north,21,28,18/east,15,,13/west,6,8,5", False, True, 3, 3, 8),
    ("year,a,b/1951,4,5/1956,6,/1957,7,8", True, True, 3, 2, 5),
    ("id,a,b/101,4,5/205,6,/333,7,8", True, True, 3, 2, 5),
    ("patient_id,a,b/101,4,5/205,6,/333,7,8", True, True, 3, 2, 5),
    ("age,height,weight/31,170,60/29,,70/31,180,81", True, False, 3, 3, 8),
    ("Unnamed: 0,x,y/0,1.5,2/1,3,/2,4,8", True, True, 3, 2, 5),
    ('"","V1","V2"/"1",1,2/"2",3,/"3",4,5', True, True, 3, 2, 5),
    ("date,a,b/2020-01-01,1,2/2020-01-02,,3/2020-01-03,2,4", True, True, 3, 2, 5),
    ("x;y;z/1;2;3/2;;6/3;6;9", True, False, 3, 3, 8),
    (",1,2,3/1,5,6,/2,7,,8/3,9,1,2", True, True, 3, 3, 7),
    ("dose,0,10,20/cell,.1,.4,/neuron,.2,,.9", True, True, 2, 3, 4),
    ("country,1990,1995,2000/A,1,2,3/B,2,4,/C,3,6,9", True, True, 3, 3, 8),
    ("/".join(RATINGS), True, False, 18, 3, 54),
    (COUNTER, True, True, 10, 2, 20),
)  # fmt: skip

# A file; header; rows, columns, observed and asked entries.
TRIPLETS = (
    (
        "userId,movieId,rating,timestamp/1,1,4.0,964982703/1,3,4.0,964981247/"
        "2,1,3.0,964982224/2,6,,964983815",
        True, 2, 3, 3, 1,
    ),
    ("user,item,rating,timestamp/1,1,4,1/1,2,3,2/2,1,5,3", True, 2, 2, 3, 0),
    ("/".join(LONG), False, 5, 6, 20, 0),
    ("/".join(LONG).replace("\t", "::"), False, 5, 6, 20, 0),
    ("row,column,value/a,x,1/a,y,2/b,x,2/b,y,", True, 2, 2, 3, 1),
    ("ann,Alien,4/ann,Brazil,2/bob,Alien,2/cyd,Casablanca,5", False, 3, 3, 4, 0),
)  # fmt: skip


def written(folder, text):
    (folder / "t.csv").write_text(text.replace("/", "\n") + "\n")
    return folder / "t.csv"


@pytest.mark.parametrize(("text", "header", "labels", "m", "n", "count"), MATRICES)
def test_a_matrix_is_read_as_people_write_it(
    tmp_path, text, header, labels, m, n, count
):
    table = read_entries(written(tmp_path, text))
    assert table.format == "matrix"
    assert (table.observed.shape, len(table.observed.values)) == ((m, n), count)
    assert table.top == header
    assert (table.kept is not None and table.kept[0] == 1) == labels
    says = "the first column labels the rows" in table.reading
    assert says == labels
    assert ("names the columns" in table.reading) == header


@pytest.mark.parametrize(("text", "header", "m", "n", "count", "asked"), TRIPLETS)
def test_one_line_per_entry_is_recognised(tmp_path, text, header, m, n, count, asked):
    table = read_entries(written(tmp_path, text))
    assert table.format == "triplets"
    assert (table.observed.shape, len(table.observed.values)) == ((m, n), count)
    assert (len(table.asked), table.top) == (asked, header)
    assert ("timestamp" in table.reading) == ("timestamp" in text)


def test_years_as_names_are_no_values(tmp_path):
    text = "country,1990,1995,2000,2005/A,1,2,3,4/B,2,4,,8/C,3,6,9,"
    table = read_entries(written(tmp_path, text))
    assert table.columns == ("1990", "1995", "2000", "2005")
    assert "its numbers are years" in table.reading
    assert "--no-header" in table.reading


def test_options_win_over_what_is_detected(tmp_path):
    path = written(tmp_path, "2001,2002,2003/4.1,4.4,/3.9,,4.0/5.0,5.2,5.1")
    assert read_entries(path, header=False).observed.shape == (4, 3)
    path = written(tmp_path, "1,2,3/2,4,/3,6,9")
    table = read_entries(path, header=True)
    assert table.columns == ("1", "2", "3")
    path = written(tmp_path, "year,a,b/1951,4,5/1956,6,/1957,7,8")
    assert read_entries(path, labels="none").observed.shape == (3, 3)
    path = written(tmp_path, "a,who,b/4,ann,5/6,bob,/7,cyd,8")
    for name in ("who", "2", "#2"):
        table = read_entries(path, labels=name)
        assert (table.rows, table.columns) == (("ann", "bob", "cyd"), ("a", "b"))
    assert read_entries(path, drop=("#2",)).observed.shape == (3, 2)


def test_two_columns_that_are_a_key_are_named(tmp_path):
    text = "state,year,count,population/al,1966,3,100/al,1967,4,101/ak,1966,1,20/"
    path = written(tmp_path, text + "ak,1967,2,21")
    with pytest.raises(TableError, match=r"two rows called 'al', but state and year"):
        read_entries(path)
    named = read_entries(path, row="state", column="year", value="count")
    assert (named.rows, named.columns) == (("al", "ak"), ("1966", "1967"))
    assert "ignored: population" in named.reading
    bare = written(tmp_path, "al,1966,3/al,1967,4/ak,1966,1/ak,1967,2")
    table = read_entries(bare, row="1", column="2", value="3")
    assert (table.observed.shape, len(table.observed.values)) == ((2, 2), 4)


def test_a_grid_of_two_columns_in_a_matrix_is_pointed_out(tmp_path):
    lines = (f"{5 + k // 4},{1 + k % 4},{k * 0.5}" for k in range(16))
    table = read_entries(written(tmp_path, "Month,Day,Wind/" + "/".join(lines)))
    assert table.format == "matrix"
    assert any("Month and Day look like labels" in note for note in table.notes)


def test_text_columns_are_refused_with_the_way_out(tmp_path):
    path = written(tmp_path, "name,score,group,time/a,1,x,2/b,2,y,3/c,3,x,5")
    with pytest.raises(TableError, match="--drop group"):
        read_entries(path)
    table = read_entries(path, drop=("group",))
    assert (table.rows, table.columns) == (("a", "b", "c"), ("score", "time"))


def test_percent_signs_blank_lines_and_compression(tmp_path):
    text = "shop;a;b/x;12,5 %;3//y;;4/z;20 %;5"
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(text.replace("/", "\n").encode()))
    table = read_entries(path)
    np.testing.assert_array_equal(table.observed.values[[0, 1]], [12.5, 3.0])
    mixed = written(tmp_path, "a,b/12%,1/0.3,2/0.4,3")
    with pytest.raises(TableError, match="'12%' is text"):
        read_entries(mixed)


def test_parquet_with_years_and_labels(tmp_path):
    years = {"1990": [1, 2, 3], "1995": [2.0, 4, np.nan]}
    frame = pd.DataFrame({"country": list("abc")} | years)
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_entries(tmp_path / "t.parquet")
    assert table.columns == ("1990", "1995")
    assert table.rows == ("a", "b", "c")


def test_which_names_are_those_of_labels():
    names = ("", "userId", "patient_id", "Unnamed: 0", "Year", "row.names", "SUBJECT")
    assert all(map(is_label, names))
    assert not any(map(is_label, ("age", "x", "wind", "height")))
