"""`suffice classify`, `embed` and the other verbs of the landscape."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.cli._main import guarded
from suffice.cli._verbs import _branches, _classify, _embed
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
    args = [model, *where, "--in-width", "3", "--out", wide, "--json"]
    assert _embed.run(args) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["widths"] == [3]
    assert row["difference"] < 1e-14
    assert load_model(wide).width == 3
    assert _classify.run([wide, *where, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["verdict"] == "not critical"
    assert row["widths"] == [1]


def test_a_kind_of_model_with_a_width_of_its_own_is_embedded(files, capsys):
    narrow = ["two-layer", "--inputs", "2", "--width", "1"]
    where = ["--data", files[1], "--target", "y"]
    assert _embed.run([*narrow, *where, "--in-width", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["widths"] == [3]


def test_mistakes_are_one_sentence(files):
    model, table = files
    with pytest.raises(ValueError, match="the loss needs data"):
        _classify.run([model])
    with pytest.raises(ValueError, match="no target column 'z'"):
        _classify.run([model, "--data", table, "--target", "z"])
    with pytest.raises(ValueError, match="--in-width is missing"):
        _embed.run([model, "--data", table, "--target", "y"])
    flags = ["--data", table, "--target", "y", "--in-width", "3", "--kind", "other"]
    with pytest.raises(ValueError, match="kind is 'other'"):
        _embed.run([model, *flags])


def refused(verb, args, capsys):
    """What a person reads after a mistake: one line, nothing on standard output."""
    assert guarded(verb.run, args, False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("verb", [_branches, _classify, _embed])
def test_parameters_that_are_not_finite(verb, files, tmp_path, key, capsys):
    _, table = files
    point = TwoLayer.normal(2, 2, key=key)
    broken = str(tmp_path / "broken.npz")
    save_model(TwoLayer(point.w * jnp.nan, point.a), broken)
    where = [] if verb is _branches else ["--data", table, "--target", "y"]
    width = ["--in-width", "3"] if verb is _embed else []
    assert "not finite" in refused(verb, [broken, *where, *width], capsys)


def test_widths_below_and_data_that_do_not_fit(files, tmp_path, key, capsys):
    _, table = files
    where = ["--data", table, "--target", "y"]
    wide = str(tmp_path / "two.npz")
    save_model(TwoLayer.normal(2, 2, key=key), wide)
    args = [wide, *where, "--in-width", "1"]
    assert "at least 2, the width of the narrow" in refused(_embed, args, capsys)
    other = str(tmp_path / "three.npz")
    save_model(TwoLayer.normal(1, 3, key=key), other)
    err = refused(_classify, [other, *where], capsys)
    assert "2 columns besides the target" in err
    assert "takes 3 inputs" in err


def test_a_residual_of_zero_and_fewer_samples_than_parameters(tmp_path, key, capsys):
    point, model = TwoLayer.normal(5, 2, key=key), str(tmp_path / "five.npz")
    save_model(point, model)
    x = np.random.default_rng(0).standard_normal((10, 2))
    y = np.asarray(jax.vmap(point)(jnp.asarray(x)))
    table = str(tmp_path / "few.csv")
    rows = np.column_stack([x, y])
    np.savetxt(table, rows, "%.17g", ",", header="u,v,y", comments="")
    where = [model, "--data", table, "--target", "y", "--json"]
    assert _classify.run(where) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["verdict"] == "zero loss"
    assert "10 target values, fewer than the 15 parameters" in row["note"]
    assert _embed.run([*where[:-1], "--in-width", "7", "--kind", "null"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "the loss stays the least" in out
    assert "every parameter is critical" in out


def test_kinks_and_tied_inputs_are_told_in_words(tmp_path, capsys):
    """A ReLU neuron at x = 0, and XOR for odd neurons without biases."""
    kink = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), b=jnp.zeros(1), activation="relu")
    xor = TwoLayer(jnp.ones((2, 2)), jnp.zeros(2))
    save_model(kink, str(tmp_path / "kink.npz"))
    save_model(xor, str(tmp_path / "xor.npz"))
    bent = [(x, x + (0.1, -0.2, 0.1)[x % 3 - 1]) for x in range(1, 10)]
    tied = [(r * u, r * v, u * v) for r in (1, 2, 3) for u in (1, -1) for v in (1, -1)]
    for name, head, rows in (
        ("kink", "u,y", [*bent, (0, 1.0)]),
        ("xor", "u,v,y", tied),
    ):
        lines = "\n".join([head, *(",".join(map(str, row)) for row in rows)])
        (tmp_path / f"{name}.csv").write_text(lines + "\n")
    told = {}
    for name in ("kink", "xor"):
        paths = [str(tmp_path / f"{name}.{kind}") for kind in ("npz", "csv", "html")]
        where = [paths[0], "--data", paths[1], "--target", "y", "--report", paths[2]]
        assert _classify.run(where) == 0
        page = (tmp_path / f"{name}.html").read_text()
        told[name] = " ".join(capsys.readouterr().out.split()) + page
    assert "Not critical, but a first-order decrease" in told["kink"]
    assert "derivative -1 for a unit step" in told["kink"]
    assert "Escape by kink: slope -1" in told["kink"]
    assert "Global minimum, loss 6" in told["xor"]
    assert "equal or mirrored inputs force a residual" in told["xor"]
    assert "unavoidable loss" in told["xor"]


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_the_verbs_know_every_activation(activation, files, tmp_path, key, capsys):
    _, table = files
    model, wide = str(tmp_path / "one.npz"), str(tmp_path / "wide.npz")
    save_model(TwoLayer.normal(1, 2, key=key, activation=activation), model)
    where = ["--data", table, "--target", "y"]
    assert _embed.run([model, *where, "--in-width", "3", "--out", wide]) == 0
    assert "by splitting: outputs change by at most" in capsys.readouterr().out
    assert _classify.run([wide, *where, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["groups"] == [[[0, 1, 2]]]
    assert row["widths"] == [1]


def test_a_polynomial_activation_has_no_branches(tmp_path, key, capsys):
    model = str(tmp_path / "square.npz")
    save_model(TwoLayer.normal(2, 2, key=key, activation="square"), model)
    err = refused(_branches, [model], capsys)
    assert "'square' (a polynomial)" in err
    assert "Use one whose neurons" in err
