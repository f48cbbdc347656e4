"""The predictor of an audit by itself: its predictions, its file, its intervals."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from suffice.auditing import audit, load_predictor, read_table, save_predictor
from suffice.auditing._candidates import linear_fit, one_and_inputs
from suffice.auditing._predictor._predictor import predictor_of
from suffice.auditing._standard import Standard
from suffice.cli import main

QUICK = {"max_width": 1, "folds": 3, "restarts": 2, "splits": 2}


def measured(seed=0, n=40, noise=0.2):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, 2))
    y = 3 + x @ [1.0, -0.5] + noise * rng.standard_normal(n)
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y})


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(5)
    return audit(measured().assign(c=rng.normal(size=40)), "y", **QUICK)


def linear_law(frame):
    """The linear law of a table, and the error of leaving out one row at a time."""
    table = read_table(frame, "y")
    data = Standard.of(table)
    model = linear_fit(data, np.ones(len(frame), bool), one_and_inputs)
    design = np.column_stack([np.ones(len(frame)), table.x])
    hat = design @ np.linalg.pinv(design)
    left = table.y - hat @ table.y
    noise = (left @ left / (len(frame) - design.shape[1])) ** 0.5
    unseen = np.mean((left / (1 - hat.diagonal())) ** 2) ** 0.5
    return predictor_of(model, data, "linear", float(noise), float(unseen))


def test_a_linear_law_predicts_as_least_squares_by_hand():
    frame = measured()
    law = linear_law(frame)
    design = np.column_stack([np.ones(40), frame[["a", "b"]]])
    theta, (squares,) = np.linalg.lstsq(design, frame["y"])[:2]
    new = np.array([[0.3, 0.4], [1.5, -1.0]])
    rows = np.column_stack([np.ones(2), new])
    h = np.einsum("ij,jk,ik->i", rows, np.linalg.inv(design.T @ design), rows)
    sigma = (squares / 37) ** 0.5
    seen = law.predict(new)
    np.testing.assert_allclose(seen.value, rows @ theta, rtol=1e-12)
    np.testing.assert_allclose(seen.function_error, sigma * np.sqrt(h), rtol=1e-4)
    half = scipy.stats.t.ppf(0.975, 37) * np.sqrt(law.noise**2 + sigma**2 * h)
    np.testing.assert_allclose(seen.high - seen.value, half, rtol=1e-4)
    np.testing.assert_allclose(seen.value - seen.low, half, rtol=1e-4)
    assert sigma <= law.noise < 1.1 * sigma


def test_a_saved_law_predicts_bitwise_the_same(found, tmp_path):
    law = load_predictor(save_predictor(found.predictor, tmp_path / "law.npz"))
    x = np.random.default_rng(1).normal(size=(9, 3))
    np.testing.assert_array_equal(law.predict(x).value, found.predict(x))
    np.testing.assert_array_equal(law.predict(x).low, found.predictor.predict(x).low)
    assert str(law) == str(found.predictor)
    with pytest.raises(FileExistsError):
        save_predictor(law, tmp_path / "law.npz")


def test_what_lies_outside_the_data_is_told():
    rng = np.random.default_rng(0)
    a = rng.uniform(-1, 1, 60)
    b = a + 0.05 * rng.standard_normal(60)
    frame = pd.DataFrame({"a": a, "b": b, "y": a + 0.1 * rng.standard_normal(60)})
    law = linear_law(frame)
    assert not law.outside(frame[["a", "b"]].to_numpy()).any()
    # A corner of the box that correlated inputs never reach, and a point beyond it.
    new = np.array([[0.5, 0.5], [0.8, -0.8], [3.0, 3.0]])
    assert law.outside(new).tolist() == [False, True, True]


def test_a_damaged_law_is_refused(found, tmp_path):
    path = save_predictor(found.predictor, tmp_path / "law.npz")
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            law = load_predictor(path)
        except ValueError:
            continue
        # It was a byte that no reader of archives looks at.
        np.testing.assert_array_equal(law.theta, found.predictor.theta)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="holds no law"):
        load_predictor(path)


def test_a_forged_law_is_refused(found, tmp_path):
    path = save_predictor(found.predictor, tmp_path / "law.npz")
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    for change in ({"name": "width 999"}, {"version": 2}, {"unit": -1.0}, {"rows": []}):
        text = json.dumps(header | change).encode()
        forged = arrays | {"header": np.frombuffer(text, np.uint8)}
        np.savez(path, **forged)
        with pytest.raises(ValueError, match=r"damaged|version"):
            load_predictor(path)
    np.savez(path, header=np.array(["{}"], object), allow_pickle=True)
    with pytest.raises(ValueError, match="holds no law"):
        load_predictor(path)


def test_the_verb_predicts_what_the_law_predicts(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    law = linear_law(measured())
    save_predictor(law, "law.npz")
    new = pd.DataFrame({"b": [0.5, 9.0], "other": ["u", "v"], "a": [0.25, 0.0]})
    new.to_csv("new.csv", index=False)
    words = "predict law.npz --at new.csv --out out.csv"
    assert main(words.split()) == 0
    out = pd.read_csv("out.csv")
    assert list(out) == ["a", "b", "y", "y low", "y high", "outside the data"]
    assert list(out["outside the data"]) == ["no", "yes"]
    want = law.predict(new[["a", "b"]].to_numpy())
    np.testing.assert_array_equal(out[["y", "y low"]].T, [want.value, want.low])
    assert "1 of them outside the region" in capsys.readouterr().err
    assert main(["predict", "law.npz", "--at", "new.csv"]) == 0
    assert capsys.readouterr().out == (tmp_path / "out.csv").read_text()
    assert main(["predict", "law.npz", "--at", "new.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == want.value.tolist()
    new.drop(columns="a").to_csv("less.csv", index=False)
    assert main(["predict", "law.npz", "--at", "less.csv"]) == 2
    assert "has no input column 'a'" in capsys.readouterr().err
    assert main(words.split()) == 2
    assert "exists" in capsys.readouterr().err


def test_intervals_hold_as_often_as_they_say():
    inside = []
    for seed in range(25):
        law = linear_law(measured(seed, n=25))
        new = measured(seed + 100, n=200)
        seen = law.predict(new[["a", "b"]].to_numpy())
        inside += list((seen.low <= new["y"]) & (new["y"] <= seen.high))
    assert 0.92 < np.mean(inside) < 0.985


def test_inputs_that_matter_are_told_from_those_that_do_not(found):
    tested = found.relevance
    assert tested.used == ("a", "b")
    assert tested.p[2] > 0.02
    assert tested.rise[0] > tested.rise[1] > tested.rise[2]
    assert "no use of c is seen" in tested.headline()
