import json

import numpy as np
import pytest

from suffice.cli import _classify, _embed
from suffice.models import load_model, save_model, TwoLayer


@pytest.fixture
def files(tmp_path, key):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 2))
    point = TwoLayer.normal(1, 2, key=key)
    save_model(point, tmp_path / "narrow.npz")
    rows = np.column_stack([x, np.tanh(x[:, 0]) + 0.1 * rng.standard_normal(20)])
    np.savetxt(tmp_path / "table.csv", rows, delimiter=",", header="u,v,y", comments="")
    return str(tmp_path / "narrow.npz"), str(tmp_path / "table.csv")


def test_embed_and_classify_as_a_user_types_them(files, tmp_path, capsys):
    model, table = files
    where = ["--data", table, "--target", "y"]
    wide = str(tmp_path / "wide.npz")
    args = [model, *where, "--width", "3", "--output", wide, "--json"]
    assert _embed.run(args) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["widths"] == [3]
    assert row["difference"] < 1e-14
    assert load_model(wide).width == 3
    assert _classify.run([wide, *where, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["verdict"] == "not critical"
    assert row["widths"] == [1]


def test_mistakes_are_one_sentence(files):
    model, table = files
    with pytest.raises(ValueError, match="the loss needs data"):
        _classify.run([model])
    with pytest.raises(ValueError, match="no target column 'z'"):
        _classify.run([model, "--data", table, "--target", "z"])
    with pytest.raises(ValueError, match="--width is missing"):
        _embed.run([model, "--data", table, "--target", "y"])
    flags = ["--data", table, "--target", "y", "--width", "3", "--kind", "other"]
    with pytest.raises(ValueError, match="kind is 'other'"):
        _embed.run([model, *flags])
