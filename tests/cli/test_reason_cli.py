"""`suffice reason`: trained, read, asked, refused."""

import json

import jax
import numpy as np
import pytest

from suffice.cli._main import guarded
from suffice.cli._reason import run
from suffice.models import load_model, save_model, TwoLayer
from suffice.reasoning import ChainTask, Decoder, Recipe, train_members

CHAIN = ["--task", "chain", "--steps", "1", "--pairs", "2", "--tokens", "20", "41"]
QUICK = ["--width", "8", "--training-steps", "64", "--batch", "8", "--size", "50"]


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A transformer that the verb has trained a little."""
    path = tmp_path_factory.mktemp("reason") / "chain.npz"
    assert guarded(run, [str(path), *CHAIN, *QUICK, "--train"], False) == 0
    return path


@pytest.fixture
def refusal(capsys):
    def ask(*args):
        assert guarded(run, list(map(str, args)), False) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err

    return ask


def test_a_saved_transformer_is_explained(chain, capsys, tmp_path):
    page = tmp_path / "page.html"
    args = [str(chain), *CHAIN, "--size", "50", "--json", "--report", str(page)]
    assert guarded(run, args, False) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["verdict"] == "unfit"
    assert len(found["hops"]) == 1
    assert "page" in err
    assert "Whether layers match" in page.read_text()
    assert not chain.with_name("chain.npz.checkpoint").exists()


def test_a_seed_is_trained_as_in_a_study(chain):
    decoder, recipe = Decoder(2, 8, key_dim=8), Recipe(1e-3, 64, 8)
    task = ChainTask(steps=1, pairs=2, tokens=(20, 41))
    study = train_members(task, decoder, recipe, np.arange(1), at=[0, 64])
    mine, theirs = jax.tree.leaves(load_model(chain)), jax.tree.leaves(study.member(0))
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_mistakes_are_one_line(chain, refusal, tmp_path):
    assert "no model file" in refusal(tmp_path / "none.npz")
    assert "--force" in refusal(chain, *CHAIN, "--train")
    assert "on which the model was trained" in refusal(chain)  # another task
    assert "expected 1 to" in refusal(chain, "--task", "chain", "--steps", "9")
    other = tmp_path / "two.npz"
    save_model(TwoLayer.normal(2, 2, key=jax.random.key(0)), other)
    assert "expected a Transformer" in refusal(other)
    held = tmp_path / "held.html"
    held.write_text("mine")
    refusal(chain, *CHAIN, "--report", held)
    assert held.read_text() == "mine"
