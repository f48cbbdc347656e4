"""Inputs whose values are words: read, fitted, proposed and predicted as words."""

import numpy as np
import pandas as pd
import pytest
from slow_cases import slow

from suffice.auditing import audit, read_table, Region, save_predictor, TableError
from suffice.auditing._category import readable
from suffice.auditing._inputs import read_rows
from suffice.cli import main

RNG = np.random.default_rng(3)
SHIFT = {"oak": 0.0, "elm": 1.5, "ash": -1.0}


def trees(n=60):
    kind = RNG.permutation(np.resize(list(SHIFT), n))
    light = RNG.uniform(0, 4, n).round(2)
    growth = np.tanh(light - 1) + [SHIFT[word] for word in kind]
    noise = 0.05 * RNG.standard_normal(n)
    return pd.DataFrame({"kind": kind, "light": light, "growth": growth + noise})


def test_words_are_zeros_and_ones_and_come_back_as_words():
    frame = trees()
    table = read_table(frame, "growth")
    assert table.inputs == ("kind=elm", "kind=oak", "light")
    (kind,) = table.categories
    assert (kind.name, kind.levels, kind.columns) == (
        "kind",
        ("ash", "elm", "oak"),
        (0, 1),
    )
    back = readable(table.inputs, table.categories, table.x)
    assert list(back["kind"]) == list(frame["kind"])
    assert np.array_equal(back["light"], frame["light"])
    assert "'kind' has 3 words: each but 'ash'" in table.notes[0]


def test_rows_of_another_file_are_read_by_their_words(tmp_path):
    table = read_table(trees(), "growth")
    path = tmp_path / "new.csv"
    path.write_text("light,kind\n1.5,oak\n2, ash\n0,elm\n")
    x = read_rows(path, table.inputs, table.categories)
    assert x.tolist() == [[0, 1, 1.5], [0, 0, 2], [1, 0, 0]]
    path.write_text("light,kind\n1.5,oak\n2,oka\n")
    with pytest.raises(TableError, match=r"line 3: .*'oka'; did you mean 'oak'"):
        read_rows(path, table.inputs, table.categories)
    path.write_text("light,kind\n1.5,oak\n2,\n")
    with pytest.raises(TableError, match="line 3: a word is missing"):
        read_rows(path, table.inputs, table.categories)


def test_coarser_words_follow_from_finer_ones_whatever_their_order():
    frame = trees()
    frame.insert(0, "leaf", frame["kind"].map({"oak": "hard", "ash": "hard"}))
    frame["leaf"] = frame["leaf"].fillna("soft")
    table = read_table(frame, "growth")
    assert table.inputs == ("kind=elm", "kind=oak", "light")
    assert any("'leaf' follows from other columns" in note for note in table.notes)
    assert set(table.dropped) == {"leaf=soft"}
    np.testing.assert_allclose(table.dropped["leaf=soft"], [1, 0, 0, 0], atol=1e-12)


def test_words_that_follow_in_part_from_a_number_keep_the_words():
    frame = trees()
    frame["is_elm"] = (frame["kind"] == "elm").astype(int)
    table = read_table(frame, "growth")
    assert table.inputs == ("kind=elm", "kind=oak", "light")
    assert set(table.dropped) == {"is_elm"}


def test_words_that_overlap_with_others_in_part_are_refused():
    frame = trees()
    other = frame["kind"].where(frame["kind"] == "oak")
    frame["soil"] = other.fillna(pd.Series(RNG.permutation(["wet", "dry"] * 30)))
    with pytest.raises(TableError, match="follow in part from other columns"):
        read_table(frame, "growth")


def test_a_missing_word_is_a_missing_input():
    frame = trees()
    frame.loc[3, "kind"] = None
    with pytest.raises(TableError, match="1 of 60 rows lack the input 'kind'"):
        read_table(frame, "growth")
    assert len(read_table(frame, "growth", repair=True).y) == 59


def test_a_column_with_the_name_of_a_word_is_refused():
    frame = trees().assign(**{"kind=elm": RNG.uniform(size=60)})
    with pytest.raises(TableError, match="'kind=elm' has the name of a word"):
        read_table(frame, "growth")


@pytest.mark.parametrize("count", [60, *slow(200)])
def test_an_audit_uses_proposes_and_predicts_by_words(tmp_path, monkeypatch, count):
    monkeypatch.chdir(tmp_path)
    frame = trees(count)
    report = audit(
        read_table(frame, "growth"),
        region=Region(levels={"kind": ("oak", "elm")}),
        max_width=2, folds=5, restarts=4, splits=2,
    )  # fmt: skip
    assert report.relevance.inputs == ("kind", "light")
    assert report.relevance.used == ("kind", "light")
    proposed = report.next
    words = readable(proposed.inputs, proposed.categories, proposed.x)["kind"]
    assert set(words) <= {"oak", "elm"}
    save_predictor(report.predictor, "law.npz")
    frame.to_csv("new.csv", index=False)
    line = "predict law.npz --at new.csv --out out.csv"
    assert main(line.split()) == 0
    predicted = pd.read_csv("out.csv")
    assert list(predicted.columns[:3]) == ["kind", "light", "growth"]
    assert list(predicted["kind"]) == list(frame["kind"])
    truth = np.tanh(frame["light"] - 1) + frame["kind"].map(SHIFT)
    assert np.sqrt(np.mean((predicted["growth"] - truth) ** 2)) < 0.1


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1,5", "2,5"], "'1,5' has a decimal comma"),
        (["2024-03-01", "2024-03-02"], "'2024-03-01' is a date"),
    ],
)
def test_dates_and_decimal_commas_that_repeat_are_no_words(cells, message):
    frame = trees().assign(extra=cells * 30)
    with pytest.raises(TableError, match=message):
        read_table(frame, "growth")
