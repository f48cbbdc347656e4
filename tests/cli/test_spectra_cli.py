"""`suffice spectra`: good files end in a forecast, bad ones in one sentence."""

import json

import numpy as np
import pandas as pd
import pytest

from suffice.cli import main

SMALL = ["--width", "8", "--layers", "1"]


def wave(points, name):
    x = np.linspace(-np.pi, np.pi, points)
    return pd.DataFrame({"x": x, "y": np.sin(3 * x), "set": name})


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "waves.csv"
    pd.concat([wave(12, "train"), wave(20, "Test")]).to_csv(path, index=False)
    return path


@pytest.fixture
def npz(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 3))
    arrays = {"x": x, "y": (x[:, 0] > 0).astype(int), "set": ["train", "test"] * 20}
    path = tmp_path / "points.npz"
    np.savez(path, **arrays)
    return path


def asked(capsys, *args):
    code = main(["spectra", *map(str, args)])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_table_ends_in_json_and_a_page(capsys, csv, tmp_path):
    page = tmp_path / "page.html"
    args = [csv, "--target", "y", "--activation", "sin", *SMALL, "--report", page]
    code, out, err = asked(capsys, *args, "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["train"], found["test"]) == (12, 20)
    assert found["network"] == "sin network 1-8-1"
    assert found["verdict"] in ("none", "label aliasing")
    assert found["plateau_accuracy"] is None
    assert f"the page is {page}" in err
    assert "waves.csv --target y" in page.read_text()
    code, out, err = asked(capsys, *args)
    assert (code, out) == (2, "")
    assert "pass --force" in err


def test_arrays_with_classes(capsys, npz, tmp_path):
    args = ["--classes", "--scale", "6", "--weight-decay", "0.1", *SMALL]
    code, out, _ = asked(capsys, npz, *args)
    assert code == 0
    assert "relu network 3-8-2, 6 times PyTorch's start; 20 training, 20 test" in out
    assert "test accuracy when fitted" in out

    with np.load(npz) as held:
        x, y = held["x"], held["y"]
    pair = tmp_path / "pair.npz"
    parts = {"x_train": x[::2], "y_train": y[::2], "x_test": x[1::2], "y_test": y[1::2]}
    np.savez(pair, **parts)
    assert asked(capsys, pair, *args)[1] == out


def test_large_sets_are_cut_and_scaled_when_asked(capsys, csv):
    args = ["--target", "y", "--max-rows", "10", "--standardise", "--json", *SMALL]
    code, out, _ = asked(capsys, csv, *args)
    found = json.loads(out)
    assert (code, found["train"], found["test"]) == (0, 10, 10)
    assert [note.split()[0] for note in found["notes"]] == ["10", "10", "inputs"]


def test_units_do_not_matter_when_standardised(capsys, csv, tmp_path):
    frame = pd.read_csv(csv)
    other = tmp_path / "other.csv"
    frame.assign(x=1000 + 5 * frame.x, y=2 - 3 * frame.y).to_csv(other, index=False)
    args = ["--target", "y", "--standardise", "--json", *SMALL]
    first, second = (json.loads(asked(capsys, f, *args)[1]) for f in (csv, other))
    for name in ("alignment", "shift"):
        assert first[name] == pytest.approx(second[name], rel=0.5)
    assert first["verdict"] == second["verdict"]


def test_names_and_shapes_of_sets_that_people_have_are_the_same_sets(
    capsys, npz, tmp_path
):
    with np.load(npz) as held:
        x, y = held["x"], held["y"]
    train, test = (x[::2], y[::2]), (x[1::2], y[1::2])
    pair = {"x_train": train[0], "y_train": train[1]}
    one_hot = np.eye(2, dtype=int)[y]
    flags = np.arange(40) % 2
    files = {
        "val": pair | {"x_val": test[0], "y_val": test[1]},
        "words": {"x": x, "y": y, "set": ["training", "validation"] * 20},
        "flags": {"x": x, "y": y, "set": flags},
        "truth": {"x": x, "y": y, "set": flags == 1},
        "one hot": {"x": x, "y": one_hot, "set": ["train", "test"] * 20},
    }
    args = ["--classes", "--json", *SMALL]
    want = json.loads(asked(capsys, npz, *args)[1])
    for name, arrays in files.items():
        path = tmp_path / f"{name}.npz"
        np.savez(path, **arrays)
        found = json.loads(asked(capsys, path, *args)[1])
        assert found | {"file": "", "notes": []} == want | {"file": "", "notes": []}
        noted = {"words": "the validation rows", "flags": "column 'set': 0 is"}
        assert noted.get(name, "") in "".join(found["notes"])


def test_rows_are_drawn_and_flags_are_read_by_their_name(capsys, csv):
    args = ["--target", "y", "--json", *SMALL]
    found = json.loads(asked(capsys, csv, *args, "--drop", "set", "--split", "0.25")[1])
    assert (found["train"], found["test"]) == (8, 24)
    assert "8 of 32 rows, drawn at random" in found["notes"][0]
    frame = pd.read_csv(csv)
    is_train = (frame.pop("set") == "train").astype(int)
    frame.assign(is_train=is_train).to_csv(csv, index=False)
    found = json.loads(asked(capsys, csv, *args, "--split", "is_train")[1])
    assert (found["train"], found["test"]) == (12, 20)
    three = np.where(is_train == 1, "train", np.where(frame.x > 0, "test", "val"))
    frame.assign(set=three).to_csv(csv, index=False)
    found = json.loads(asked(capsys, csv, *args)[1])
    assert (found["train"], found["test"]) == (12, 10)
    assert "10 validation rows are left out" in found["notes"][0]


def edited(csv, **columns):
    pd.read_csv(csv).assign(**columns).to_csv(csv, index=False)


BAD_TABLES = {
    "no target": ([], {}, "name the column to predict, --target NAME"),
    "wrong target": (["--target", "Y2"], {}, "no target column 'Y2'"),
    "near target": (["--target", "Y"], {}, "did you mean 'y'?"),
    "no split": (["--target", "y", "--split", "part"], {}, "no split column 'part'"),
    "how to split": (
        ["--target", "y", "--split", "part"],
        {},
        "says train or test with --split, or draw",
    ),
    "other words": (
        ["--target", "y"],
        {"set": "fold 3"},
        "says 'fold 3'; expected train or test",
    ),
    "no share": (["--target", "y", "--split", "1.5"], {}, "split is 1.5; expected"),
    "one set": (["--target", "y"], {"set": "train"}, "0 test rows"),
    "text target": (
        ["--target", "y"],
        {"y": "cat"},
        "is text ('cat' in the first row)",
    ),
    "text input": (["--target", "y"], {"x": "cat"}, "column 'x': 'cat' is text"),
    "one class": (["--target", "y", "--classes"], {"y": "cat"}, "1 different targets"),
    "too many classes": (
        ["--target", "y", "--classes"],
        {},
        "not for measured numbers",
    ),
    "constant": (["--target", "y"], {"y": 1.0}, "all labels of train are equal"),
    "no input": (["--target", "y", "--drop", "x"], {}, "no input column left"),
    "width": (["--target", "y", "--width", "0"], {}, "width is 0"),
    "scale": (["--target", "y", "--scale", "0"], {}, "scale is 0"),
    "rows": (["--target", "y", "--max-rows", "1"], {}, "max-rows is 1"),
    "activation": (
        ["--target", "y", "--activation", "rely"],
        {},
        "'rely' is not known",
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_one_sentence(capsys, csv, case):
    args, columns, sentence = BAD_TABLES[case]
    edited(csv, **columns)
    code, out, err = asked(capsys, csv, *args)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_a_missing_class_is_named_by_its_line(capsys, csv):
    edited(csv, y=["a", "", *["b", "a"] * 15])
    code, _, err = asked(capsys, csv, "--target", "y", "--classes")
    assert code == 2
    assert "line 3: the class is missing" in err


X, Y = np.zeros((6, 2)), np.arange(6.0)
WORDS = np.array(["train", "test"] * 3)
BAD_ARRAYS = {
    "names": ({"a": X}, "holds arrays a; expected x_train"),
    "lengths": ({"x": X, "y": Y[:4], "set": WORDS}, "6 inputs but 4 targets"),
    "shapes": (
        {"x_train": X, "y_train": Y, "x_test": X[:, :1], "y_test": Y},
        "x_train has shape (6, 2) and x_test (6, 1)",
    ),
    "numbers": ({"x": X + np.nan, "y": Y, "set": WORDS}, "12 numbers that are NaN"),
    "text": ({"x": WORDS, "y": Y, "set": WORDS}, "inputs of type <U5"),
    "targets": ({"x": X, "y": WORDS, "set": WORDS}, "pass --classes"),
    "one hot": (
        {"x": X, "y": np.ones((6, 2)), "set": WORDS},
        "one-hot rows of zeros and a one",
        "--classes",
    ),
    "words": ({"x": X, "y": Y, "set": np.array(["one"] * 6)}, "says 'one'"),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_arrays_are_one_sentence(capsys, tmp_path, case):
    arrays, sentence, *flags = BAD_ARRAYS[case]
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    code, out, err = asked(capsys, path, *flags, *SMALL)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_files_that_are_none(capsys, tmp_path, npz):
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "sheet.xlsx").write_text("no table")
    for name, sentence in (
        ("text.npz", "not a plain file of NumPy arrays"),
        ("none.npz", "does not exist"),
        ("sheet.xlsx", "expected one of .csv, .tsv, .parquet"),
    ):
        code, _, err = asked(capsys, tmp_path / name)
        assert code == 2
        assert sentence in err
    assert "leave out --target" in asked(capsys, npz, "--target", "y")[2]


def test_sets_that_are_divided_are_not_drawn_again(capsys, tmp_path):
    x, y = np.arange(8.0).reshape(4, 2), np.arange(4.0)
    path = tmp_path / "divided.npz"
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    code, _, err = asked(capsys, path, "--split", "0.5")
    assert code == 2
    assert "divided already, into x_train, y_train, x_test, y_test: leave out" in err
