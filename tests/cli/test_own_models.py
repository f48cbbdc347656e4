"""Models of the user's own on the command line: saved ones, and Python files."""

import json

import jax
import numpy as np
import pytest

from suffice.cli import main
from suffice.models import save_model, TwoLayer

MINE = """
import equinox as eqx
import jax
import jax.numpy as jnp
from suffice.models import TwoLayer

model = TwoLayer.normal(3, 5, key=jax.random.key(0))
number = 3

def tanh(w, x):
    return jnp.tanh(w @ x.ravel())

silent = jax.tree_util.Partial(tanh, jnp.arange(1.0, 5.0))
perceptron = eqx.nn.MLP(3, 1, 4, 1, jnp.tanh, key=jax.random.key(0))
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder with `mine.py`, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


@pytest.fixture
def answer(mine, capsys):
    """Run a command that must succeed, and return its JSON."""

    def run(line):
        assert main([*line.split(), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def refusal(mine, capsys):
    """Run a command that must be refused, and return what it says."""

    def run(line):
        assert main(line.split()) == 2
        return capsys.readouterr().err

    return run


def test_a_model_may_come_from_a_saved_file_or_from_python(answer):
    model = TwoLayer.normal(3, 5, key=jax.random.key(0))
    save_model(model, "model.npz")
    assert answer("rank model.npz")["value"] == 18
    assert answer("rank mine.py:model")["value"] == 18


def test_a_python_file_is_named_before_it_is_executed(refusal):
    none, number = refusal("rank mine.py:none"), refusal("rank mine.py:number")
    assert "executing mine.py" in none
    assert "executing mine.py" in number
    assert "defines no 'none'; it has" in none
    assert "mine.py:number is no model" in number
    assert "jax.tree_util.Partial(function, parameters)" in refusal("rank mine.py:tanh")


def test_a_model_that_does_not_say_its_inputs_is_told_them(answer, refusal):
    for verb in ("rank", "sample-size", "plan"):
        assert "give their number or shape: --inputs 3" in refusal(
            f"{verb} mine.py:silent"
        )
        assert "omit --inputs" in refusal(f"{verb} mine.py:perceptron --inputs 3")
    for inputs in ("4", "2 2"):
        assert answer(f"rank mine.py:silent --inputs {inputs}")["value"] == 4
        assert answer(f"sample-size mine.py:silent --inputs {inputs}")["value"] == 4
        assert len(answer(f"plan mine.py:silent --inputs {inputs}")["order"]) == 4
    assert answer("sample-size mine.py:perceptron")["value"] == 21
    assert "rejects" in refusal("rank mine.py:silent --inputs 3")


def test_a_sphere_has_the_dimension_of_the_inputs(answer, refusal):
    assert (
        "sphere of radius 1 in 4"
        in answer("rank mine.py:silent --inputs 4 --sphere")["domain"]
    )
    assert "in 3" in answer("rank mine.py:perceptron --sphere")["domain"]
    for model in ("matrix --shape 3 3 --rank 1", "mine.py:silent --inputs 2 2"):
        assert "--sphere is for models of vectors" in refusal(f"rank {model} --sphere")


def test_samples_are_the_inputs_and_nothing_else(refusal):
    np.savetxt("six.csv", np.ones((4, 6)), "%g", ",", header="a,b,c,d,e,y", comments="")
    said = refusal("guarantee mine.py:model --samples six.csv")
    assert "has no others" in said
    assert "takes (5,)" in said
