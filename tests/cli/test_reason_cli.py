"""`suffice reason`: trained, read, asked, refused."""

import json

import equinox as eqx
import jax
import numpy as np
import pytest

from suffice.cli._main import guarded
from suffice.cli._verbs._reason import run
from suffice.models import load_model, save_model, Transformer, TwoLayer
from suffice.reasoning import ChainTask, Decoder, Recipe, train_members

CHAIN = ["--task", "chain", "--steps", "1", "--pairs", "2", "--tokens", "20", "41"]


def gpt2(key):
    return Transformer.normal(
        41, 5, 2, 8, hidden=8, norm="pre", bias=True, activation="gelu-tanh", key=key
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A transformer in the form of GPT-2, not trained."""
    path = tmp_path_factory.mktemp("reason") / "gpt2.npz"
    rng = np.random.default_rng(0)
    drawn = jax.tree.map(  # by NumPy, whose normal is not compiled
        lambda leaf: rng.standard_normal(leaf.shape),
        eqx.filter_eval_shape(gpt2, jax.random.key(0)),
    )
    return save_model(drawn, path)


@pytest.fixture
def refusal(capsys):
    def ask(*args):
        assert guarded(run, list(map(str, args)), False) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err

    return ask


@pytest.mark.slow
def test_a_saved_transformer_is_explained(saved, capsys, tmp_path):
    page = tmp_path / "page.html"
    args = [str(saved), *CHAIN, "--size", "50", "--json", "--report", str(page)]
    assert guarded(run, args, False) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["verdict"] == "unfit"
    assert len(found["hops"]) == 1
    assert "page" in err
    assert "Whether layers match" in page.read_text()


@pytest.mark.slow
def test_a_seed_is_trained_as_in_a_study(capsys, tmp_path):
    path = tmp_path / "chain.npz"
    quick = ["--layers", "1", "--width", "8", "--training-steps", "64", "--batch", "8"]
    args = [str(path), *CHAIN, "--size", "50"]
    assert guarded(run, [*args, *quick, "--train", "--seed", "3"], False) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["chain.npz"]
    trained = capsys.readouterr().out
    assert "there are no more layers than steps" in trained
    assert guarded(run, [*args, "--seed", "3"], False) == 0
    assert capsys.readouterr().out == trained  # of the file alone
    task = ChainTask(steps=1, pairs=2, tokens=(20, 41))
    study = train_members(
        *(task, Decoder(1, 8, key_dim=8), Recipe(1e-3, 64, 8), np.array([3])),
        at=[0, 64],
    )
    mine, theirs = jax.tree.leaves(load_model(path)), jax.tree.leaves(study.member(0))
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_mistakes_are_one_line(saved, refusal, tmp_path):
    assert "does not exist" in refusal(tmp_path / "none.npz")
    assert "--force" in refusal(saved, *CHAIN, "--train")
    small = refusal(saved)  # another task
    assert "knows 41 tokens and 5 positions; expected at least the 201 tokens" in small
    assert "on which the model was trained" in small
    assert "expected 1 to" in refusal(saved, "--task", "chain", "--steps", "9")
    other = tmp_path / "two.npz"
    save_model(TwoLayer.normal(2, 2, key=jax.random.key(0)), other)
    assert "expected a Transformer" in refusal(other)
    held = tmp_path / "held.html"
    held.write_text("mine")
    refusal(saved, *CHAIN, "--report", held)
    assert held.read_text() == "mine"
