"""Every malformed table gets one clear sentence, or a repair that is said."""

import numpy as np
import pandas as pd
import pytest

from suffice.auditing import audit, magnet, read_pool, read_table, TableError
from suffice.auditing._standard import Standard

HEAD = "length,speed,drag"
ROWS = [f"{i % 4 + 1},{i * i % 7 + i / 8},{i * 0.3 + 0.1 * (i % 3)}" for i in range(12)]


def text(*rows, head=HEAD):
    return "\n".join([head, *rows]) + "\n"


def with_row(row):
    return text(*ROWS[:5], row, *ROWS[5:])


def column(values, name="extra"):
    rows = [f"{value},{row}" for value, row in zip(values, ROWS, strict=True)]
    return text(*rows, head=f"{name},{HEAD}")


REFUSED = {
    "empty": ("", "is empty"),
    "blank lines only": ("\n\n  \n", "only blank lines"),
    "header only": (HEAD + "\n", "a header and no rows"),
    "one row": (text(ROWS[0]), "1 usable row; expected at least 10"),
    "too few rows": (text(*ROWS[:9]), "9 usable rows; expected at least 10"),
    "no target column": (
        text(*ROWS).replace("drag", "Drag_N"),
        "no target column 'drag'; did you mean 'Drag_N'",
    ),
    "duplicate names": (
        text(*ROWS, head="length,length,drag"),
        "more than one column named 'length'",
    ),
    "unnamed column": (text(*ROWS, head="length,,drag"), "column 2 of the header"),
    "no header": (text(*ROWS, head="1,2,3"), "add a header line"),
    "missing target": (with_row("1,2,"), "1 of 13 rows lack the target 'drag'.*line 7"),
    "missing input": (with_row(",2,3"), "1 of 13 rows lack the input 'length'.*line 7"),
    "names of rows": (
        column([f"tree {i}" for i in range(12)], "a name"),
        "line 2, column 'a name': 'tree 0'.* --drop 'a name'. It has 12 different",
    ),
    "rare word": (
        column(["oak", "elm", "oak", "oak"] + ["elm", "oak"] * 3 + ["oak", "ash"]),
        "'ash' stands in 1 of 12 rows of column 'extra'",
    ),
    "mixed column": (
        with_row("long,2,3"),
        "line 7, column 'length': 'long' is text; .*mixes numbers and text",
    ),
    "text target": (
        text(*(row.rsplit(",", 1)[0] + ",x" for row in ROWS)),
        "line 2, column 'drag': 'x' is text",
    ),
    "dates": (
        column([f"2024-03-{i + 1:02}" for i in range(12)]),
        "'2024-03-01' is a date",
    ),
    "decimal commas": (
        text(*(f'"{i},5",{row}' for i, row in enumerate(ROWS)), head=f"extra,{HEAD}"),
        "'0,5' has a decimal comma",
    ),
    "constant target": (
        text(*(f"{i},{i % 5},2" for i in range(12))),
        "'drag' is 2 in every row",
    ),
    "all inputs constant": (
        text(*(f"1,2,{i}" for i in range(12))),
        "every input column is constant",
    ),
    "three inputs": (
        text(*(f"{i % 3},2,{i}" for i in range(12))),
        "only 3 distinct inputs in 12 rows; expected at least 4",
    ),
    "more columns than rows": (
        text(*(f"{row}{',1' * 9}" for row in ROWS), head=HEAD + ",a,b,c,d,e,f,g,h,i"),
        "12 usable rows and 11 input columns.*choose fewer columns",
    ),
    "infinite": (with_row("inf,2,3"), "line 7, column 'length': 'inf' is infinite"),
    "huge": (with_row("1e300,2,3"), "line 7, column 'length': '1e300' is huge"),
    "ragged, short": (with_row("1,2"), "line 7: 2 fields where the first line has 3"),
    "ragged, long": (
        with_row("1,2,3,4"),
        "line 7: 4 fields where the first line has 3",
    ),
    "open quote": (with_row('"1,2,3'), "unexpected end of data"),
    "one column": (text(*"123456789abc", head="drag"), "single column 'drag'"),
    "latin-1": (with_row("1,2,3").encode() + "é,1,2\n".encode("latin-1"), "not UTF-8"),
    "utf-16": (text(*ROWS).encode("utf-16"), "UTF-16"),
    "binary": (b"\x7fELF\x00\x01\x02" * 50, "binary file"),
}


def save(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("kind", REFUSED)
def test_a_malformed_table_is_refused_in_one_sentence(tmp_path, kind):
    content, message = REFUSED[kind]
    with pytest.raises(TableError, match=message) as caught:
        read_table(save(tmp_path, content), "drag")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tabel.csv", "does not exist; did you mean 'table.csv'"),
        ("", "is a folder"),
        ("table.xlsx", "ends in '.xlsx'; expected one of .csv, .tsv, .parquet"),
        ("table.parquet", "not a readable Parquet file"),
    ],
)
def test_a_path_that_is_no_table_is_refused(tmp_path, name, message):
    save(tmp_path, text(*ROWS))
    if name.startswith("table"):
        save(tmp_path, text(*ROWS), name)
    with pytest.raises(TableError, match=message):
        read_table(tmp_path / name, "drag")


REPAIRED = {
    "missing target": (with_row("1,2,"), 12, 2, "1 of 13 rows lack the target"),
    "missing input": (with_row("NA,2,3"), 12, 2, "1 of 13 rows lack the input"),
    "text column": (column(list("abcdefghijkl")), 12, 2, "'extra' is text: dropped"),
}


@pytest.mark.parametrize("kind", REPAIRED)
def test_repair_drops_what_it_says(tmp_path, kind):
    content, n, inputs, note = REPAIRED[kind]
    table = read_table(save(tmp_path, content), "drag", repair=True)
    assert table.x.shape == (n, inputs)
    assert len(table.notes) == 1
    assert note in table.notes[0]


NOTED = {
    "constant column": (column([7] * 12), 2, "'extra' is constant: dropped"),
    "equal columns": (
        column([row.split(",")[0] for row in ROWS]),
        2,
        "column 'length' equals column 'extra': dropped",
    ),
    "affine columns": (
        column([3 - 2 * float(row.split(",")[0]) for row in ROWS]),
        2,
        "column 'length' is an affine function of column 'extra'",
    ),
    "affine in two": (
        column([sum(map(float, row.split(",")[:2])) for row in ROWS]),
        2,
        "column 'speed' is an affine function of the columns 'extra', 'length'",
    ),
    "booleans": (column(["true", "False"] * 6), 3, "true/false: read as 1 and 0"),
    "conflicting rows": (
        with_row(ROWS[0].rsplit(",", 1)[0] + ",9"),
        2,
        "repeated measurements",
    ),
}


@pytest.mark.parametrize("kind", NOTED)
def test_what_loses_nothing_is_done_and_said(tmp_path, kind):
    content, inputs, note = NOTED[kind]
    table = read_table(save(tmp_path, content), "drag")
    assert table.x.shape[1] == inputs
    assert len(table.notes) == 1
    assert note in table.notes[0]


def test_a_typo_is_not_repaired_by_dropping_its_column(tmp_path):
    with pytest.raises(TableError, match="mixes numbers and text"):
        read_table(save(tmp_path, with_row("1o,2,3")), "drag", repair=True)


def test_every_format_gives_the_same_numbers(tmp_path):
    csv = save(tmp_path, b"\xef\xbb\xbf" + text(*ROWS).replace("\n", "\r\n").encode())
    tsv = save(tmp_path, text(*ROWS).replace(",", "\t"), "table.tsv")
    semicolons = save(tmp_path, text(*ROWS).replace(",", ";"), "other.csv")
    pd.read_csv(csv).to_parquet(tmp_path / "table.parquet")
    tables = [
        read_table(csv, "drag"),
        read_table(tsv, "drag"),
        read_table(semicolons, "drag", delimiter=";"),
        read_table(semicolons, "drag"),
        read_table(tmp_path / "table.parquet", "drag"),
    ]
    for table in tables:
        assert table.inputs == ("length", "speed")
        assert table.notes == ()
        np.testing.assert_array_equal(table.x, tables[0].x)
        np.testing.assert_array_equal(table.y, tables[0].y)


def test_columns_are_chosen_by_name(tmp_path):
    path = save(tmp_path, column(range(12)))
    assert read_table(path, "drag", inputs=["speed", "extra"]).inputs == (
        "speed",
        "extra",
    )
    assert read_table(path, "drag", drop=["extra"]).inputs == ("length", "speed")
    with pytest.raises(TableError, match="no input column 'spede'; did you mean"):
        read_table(path, "drag", inputs=["spede"])
    with pytest.raises(TableError, match="cannot be an input too"):
        read_table(path, "drag", inputs=["drag"])
    with pytest.raises(TableError, match="no input column is left"):
        read_table(path, "drag", drop=["extra", "length", "speed"])


def test_equal_rows_are_repeated_measurements_unless_one_of_each_is_asked_for(tmp_path):
    twice = save(tmp_path, text(*ROWS, *ROWS))
    kept = read_table(twice, "drag", repair=True)
    assert len(kept.y) == 24
    assert "24 rows have 12 distinct inputs" in kept.notes[0]
    assert len(kept.notes) == 1  # half of the rows repeat, not more
    thrice = save(tmp_path, text(*ROWS, *ROWS, *ROWS))
    assert "pass --distinct" in read_table(thrice, "drag").notes[1]
    one = read_table(thrice, "drag", distinct=True)
    assert len(one.y) == 12
    assert one.notes == ("24 of 36 rows repeat another one: dropped.",)


def test_repeated_inputs_share_a_group(tmp_path):
    content = with_row(ROWS[2].rsplit(",", 1)[0] + ",9")
    groups = Standard.of(read_table(save(tmp_path, content), "drag")).groups
    assert groups[5] == groups[2]
    assert len(set(groups)) == len(groups) - 1


def test_a_pool_must_hold_the_inputs(tmp_path):
    table = read_table(save(tmp_path, text(*ROWS)), "drag")
    pool = save(tmp_path, "speed,length,note\n1,2,a\n3,4,b\n1,2,c\n", "pool.csv")
    np.testing.assert_array_equal(read_pool(pool, table).x, [[2, 1], [4, 3]])
    other = save(tmp_path, "Speed,width\n1,2\n", "other.csv")
    with pytest.raises(TableError, match="no input column 'length'"):
        read_pool(other, table)
    single = read_table(save(tmp_path, text(*ROWS)), "drag", inputs=["speed"])
    one = save(tmp_path, "speed\n3\n1\n2\n", "one.csv")
    np.testing.assert_array_equal(read_pool(one, single).x, [[1], [2], [3]])
    hole = save(tmp_path, "speed,length\n1,2\n,3\n", "hole.csv")
    with pytest.raises(TableError, match="line 3, column 'speed': the value is"):
        read_pool(hole, table)


def test_a_data_frame_is_read_as_its_file_is(tmp_path):
    frame = pd.DataFrame({"a": np.arange(12.0) ** 2, "b": np.arange(12.0) % 5})
    frame["y"] = frame.a + frame.b**2
    frame.to_csv(tmp_path / "t.csv", index=False)
    read = read_table(frame.set_index(frame.index + 7), "y")
    file = read_table(tmp_path / "t.csv", "y")
    assert read.inputs == file.inputs == ("a", "b")
    assert np.array_equal(read.x, file.x)
    assert np.array_equal(read.y, file.y)
    assert read.source == "a data frame"
    assert list(frame.columns) == ["a", "b", "y"]
    frame.loc[3, "y"] = np.nan
    with pytest.raises(TableError, match="1 of 12 rows lack"):
        read_table(frame, "y")


def test_an_audit_asks_for_the_target_of_a_table():
    with pytest.raises(ValueError, match="target is None"):
        audit("table.csv")
    with pytest.raises(ValueError, match="the target of this table is 'magnet"):
        audit(magnet(), "field")


@pytest.mark.parametrize("name", ["rownames", "Index", "id", "Unnamed: 0", "row_id"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_column_that_numbers_the_rows_is_no_input(name, first):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: first + np.arange(20), "x": rng.normal(size=20)})
    frame["y"] = np.sort(rng.normal(size=20))
    table = read_table(frame, "y")
    assert table.inputs == ("x",)
    assert table.notes == (
        f"column {name!r} numbers the rows: dropped; --inputs keeps it.",
    )
    assert read_table(frame, "y", inputs=[name, "x"]).inputs == (name, "x")
    shuffled = frame.sample(frac=1, random_state=0)
    assert read_table(shuffled, "y").inputs == (name, "x")
    assert read_table(frame.drop(columns="x"), "y").inputs == (name,)


def test_a_time_that_counts_is_an_input():
    frame = pd.DataFrame({"week": np.arange(1, 21), "x": np.arange(20) % 7})
    frame["y"] = np.random.default_rng(0).normal(size=20)
    assert read_table(frame, "y").inputs == ("week", "x")
