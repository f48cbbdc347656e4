"""`suffice complete`: files in, what is determined, files out, and mistakes."""

import csv
import json

import numpy as np
import pytest

from suffice.cli import main
from suffice.completion import read_entries

W = np.outer([1, 2, 3, 4, 5], [2, 1, 3, 2]) + np.outer([1, 0, 1, 2, 1], [0, 1, 1, 3])


def matrix(path, values, *, rows=None, columns=None):
    """Write a matrix, None where nothing is observed."""
    lines = [["" if v is None else v for v in line] for line in values]
    if rows:
        lines = [[label, *line] for label, line in zip(rows, lines, strict=True)]
    if columns:
        lines.insert(0, ["", *columns] if rows else columns)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    return str(path)


def holes(*missing):
    values = W.astype(object)
    for at in missing:
        values[at] = None
    return values


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def labelled(here):
    """Rank 2; (a, w) and (c, y) follow, row e holds one entry only."""
    values = holes((0, 0), (2, 2), (4, 0), (4, 1), (4, 2))
    return matrix(here / "small.csv", values, rows=list("abcde"), columns=list("wxyz"))


def refused(capsys, *args):
    """Exit code 2 and one line on standard error; returns it."""
    assert main(["complete", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_what_is_determined_is_filled_and_the_rest_stays_blank(labelled, here, capsys):
    assert main(["complete", labelled, "--rank", "2", "--out", "out.csv"]) == 0
    out, err = capsys.readouterr()
    assert "2 of 5 missing entries are determined at rank 2" in out
    assert "exact: rank 2 meets every observed entry" in out
    assert "the first determines everything" in out
    assert "2 +" in out
    assert "out.csv" in err
    with (here / "out.csv").open() as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["", "w", "x", "y", "z"]
    assert [line[0] for line in lines[1:]] == list("abcde")
    assert float(lines[1][1]) == pytest.approx(W[0, 0], abs=1e-9)
    assert float(lines[3][3]) == pytest.approx(W[2, 2], abs=1e-9)
    assert lines[5][1:] == ["", "", "", str(W[4, 3])]


def test_the_answer_as_json(labelled, capsys):
    assert main(["complete", labelled, "--rank", "2", "--next", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == {"observed": 15, "unique": 2, "undetermined": 3}
    assert found["deficit"] == 1
    assert found["next"][0][0] == "e"
    assert found["next"][0][1] in "wxy"


def test_two_blocks_fill_nothing_and_say_why(here, capsys):
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(20, 2)) @ rng.normal(size=(2, 20))
    values = whole.astype(object)
    values[:10, 10:] = values[10:, :10] = None
    path = matrix(here / "blocks.csv", values)
    assert main(["complete", path, "--rank", "2", "--out", "o.csv"]) == 0
    out, _ = capsys.readouterr()
    assert "0 of 200 missing entries are determined" in out
    assert "fall apart into 2 components that share no row and no column" in out
    with (here / "o.csv").open() as file:
        cells = np.array(list(csv.reader(file)))
    assert ((cells == "") == (values == None)).all()  # noqa: E711


def test_triplets_with_names_labels_and_questions(here, capsys):
    text = "who,when,what,stars\n"
    text += "ann,1,tea,4\nann,1,milk,2\nbob,2,tea,8\nbob,2,milk,\nann,3,tea,4.0\n"
    (here / "log.csv").write_text(text)
    args = ["--row", "who", "--column", "what", "--value", "stars", "--rank", "1"]
    assert main(["complete", "log.csv", *args, "--out", "o.csv"]) == 0
    assert "1 entry is given more than once and counted once" in capsys.readouterr().out
    assert (here / "o.csv").read_text().splitlines() == [
        "who,what,stars,status",
        "ann,tea,4,observed",
        "ann,milk,2,observed",
        "bob,tea,8,observed",
        "bob,milk,4,unique",
    ]
    again = read_entries("o.csv", row="who", column="what", value="stars")
    assert len(again.observed.values) == 4


def test_three_columns_without_blanks_are_triplets(here):
    (here / "t.tsv").write_text("1\t7\t0.5\n2\t7\t1.5\n1\t9\t1\n3\t9\t2\n")
    assert read_entries("t.tsv").observed.shape == (4, 3)  # too few to be sure
    table = read_entries("t.tsv", format="triplets")
    assert (table.rows, table.columns) == (("1", "2", "3"), ("7", "9"))
    (here / "m.csv").write_text("1,7,0.5\n2,7,\n1,9,1\n3,9,2\n")
    assert read_entries("m.csv").format == "matrix"
    (here / "x.csv").write_text("a,p,1\nb,p,\na,q,2\nb,q,4\n")
    assert read_entries("x.csv").format == "triplets"


def test_header_labels_and_spellings_are_found(here):
    (here / "r.csv").write_text('"","2019","2020"\n"x",1,NA\n"y",nan,4\n"z",-,5\n')
    table = read_entries("r.csv", missing=("-",))
    assert table.columns == ("2019", "2020")
    assert table.rows == ("x", "y", "z")
    assert len(table.observed.values) == 3
    (here / "p.csv").write_text(",0,1\n0,5,\n1,6,7\n")  # as pandas numbers them
    assert read_entries("p.csv").observed.shape == (2, 2)
    (here / "n.csv").write_text("1;2;3;4\n5;;7;8\n")
    table = read_entries("n.csv")
    assert table.observed.shape == (2, 4)
    assert table.rows == ("1", "2")
    (here / "d.csv").write_text("rownames,V1,V2,kind\n1,2,,p\n2,4,5,q\n")
    assert read_entries("d.csv", drop=("kind",)).columns == ("V1", "V2")


def test_noisy_entries_are_estimates_and_called_so(here, capsys):
    rng = np.random.default_rng(1)
    values = np.outer(np.arange(1, 9), np.arange(1, 7)) + rng.normal(size=(8, 6))
    values = values.astype(object)
    values[0, 0] = values[3, 4] = None
    path = matrix(here / "noisy.csv", values)
    assert main(["complete", path, "--rank", "1", "--next", "0"]) == 0
    out, _ = capsys.readouterr()
    assert "least squares: rank 1" in out
    assert "times their rounding" in out
    assert "expected error" in out
    assert "not that the value is accurate" in out


def test_values_that_any_matrix_fits_are_no_evidence(here, capsys):
    (here / "tree.csv").write_text("1,2\n3,\n")
    assert main(["complete", "tree.csv", "--rank", "1"]) == 0
    assert "nothing tests it" in capsys.readouterr().out
    assert main(["complete", "tree.csv"]) == 0
    assert "None of 1 missing entries was filled" in capsys.readouterr().out


def test_a_zero_can_leave_open_what_is_determined_in_general(here, capsys):
    """Row c hangs on column x, whose factor is 0: the values do not determine it."""
    (here / "zero.csv").write_text(",x,y,z\na,0,2,3\nb,0,4,6\nc,0,,\n")
    assert main(["complete", "zero.csv", "--rank", "1"]) == 0
    out, _ = capsys.readouterr()
    assert "0 of 2 missing entries are determined" in out
    assert "2 of the undetermined entries would be determined for almost every" in out
    assert "3 observed entries are exactly 0" in out


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        ("", [], "is empty"),
        ("a,b\n", [], "header and no rows"),
        (",\n,\n", [], "is empty"),
        ("a,b\nNA,NA\n", [], "no observed entry"),
        ("a,b\n1,x\n", [], "line 2, column 'b': 'x' is text"),
        (
            "a,b\n1,x\n",
            [],
            "with --missing, or leave the column out with --drop b.",
        ),
        (
            "row,column,value\nr,c,x\n",
            [],
            "or name the spelling of a missing entry with --missing.",
        ),
        ("a,b\n1,inf\n", [], "line 2, column 'b': 'inf' is infinite"),
        ("a,b\n1,2\n3\n", [], "line 3: 1 fields where the first line has 2"),
        ("a,b\n1,2\n3,4,5\n", [], "line 3: 3 fields where"),
        ("a,b\n1,2\n", ["--rank", "3"], "rank is 3"),
        ("a,b\n1,2\n", ["--rank", "two"], "rank is 'two'; expected a whole number"),
        ("a,b\n1,2\n", ["--drop", "c"], "no column 'c'; it has a, b"),
        ("a,b\n1,2\n", ["--row", "a"], "name all three of row, column and value"),
        ("row,column,value\nr,c,1\nr,c,2\n", [], "lines 2 and 3: the entry (r, c) is"),
        (
            "row,column,value\nr,,1\nr,c,2\n",
            [],
            "line 2, column 'column': the label is blank",
        ),
        ("a,b,c,d\n1,2,3,4\n", ["--format", "triplets"], "has 4 columns; name"),
        (",x,y\nr,1,2\nr,3,4\n", [], "two rows called 'r'"),
        ("a,b\n1,2\n", ["--next", "-1"], "next is -1"),
    ],
)
def test_mistakes_are_one_sentence(here, capsys, text, args, message):
    (here / "in.csv").write_text(text)
    rank = [] if "--rank" in args else ["--rank", "1"]
    assert message in refused(capsys, "in.csv", *rank, *args)


def test_files_that_are_no_text_or_not_there(here, capsys):
    assert "does not exist" in refused(capsys, "nowhere.csv")
    (here / "b.csv").write_bytes(b"\x89PNG\0\0")
    assert "no text file" in refused(capsys, "b.csv")
    (here / "latin.csv").write_bytes("a,b\n1,é\n".encode("latin-1"))
    assert "line 2: byte 0xe9 is not UTF-8" in refused(capsys, "latin.csv")
    assert "is a folder" in refused(capsys, ".")


def test_several_values_can_be_averaged(here, capsys):
    (here / "t.csv").write_text("row,column,value\nr,c,1\nr,c,2\nr,d,4\n")
    assert main(["complete", "t.csv", "--rank", "1", "--average", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"observed": 2}
    assert read_entries("t.csv", average=True).observed.values[0] == 1.5


def test_nothing_is_overwritten_unasked(labelled, here, capsys):
    (here / "out.csv").write_text("mine")
    message = refused(capsys, labelled, "--rank", "2", "--out", "out.csv")
    assert "out.csv exists" in message
    assert (here / "out.csv").read_text() == "mine"
    args = ["complete", labelled, "--rank", "2", "--out", "out.csv", "--force"]
    assert main(args) == 0
    assert (here / "out.csv").read_text() != "mine"
