"""`suffice branches`: from numbers, from a model, drawn, and refused."""

import json

import jax
import jax.numpy as jnp
import pytest

from suffice.cli._main import guarded
from suffice.cli._verbs._branches import run
from suffice.models import save_model, TwoLayer

NUMBERS = ["--intrinsic-width", "1", "--width", "4", "--activation", "generic"]


@pytest.fixture
def answer(capsys):
    def ask(*args):
        assert guarded(run, [*args, "--json"], False) == 0
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def refusal(capsys):
    def ask(*args):
        assert guarded(run, list(args), False) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err

    return ask


def test_one_neuron_in_four_has_thirty_seven_branches(answer):
    found = answer(*NUMBERS)
    assert found["count"] == 37
    assert len(found["types"]) == 7
    assert len(found["listed"]) == 37


@pytest.mark.parametrize(
    ("activation", "count"),
    [("tanh", 68), ("sigmoid", 31), ("softplus", 13), ("gelu", 25), ("relu", 25)],
)
def test_activations_have_counts_of_their_own(answer, activation, count):
    args = ["--intrinsic-width", "1", "--width", "3", "--activation", activation]
    assert answer(*args)["count"] == count


def test_a_model_is_reduced_first(answer, tmp_path):
    narrow = TwoLayer.normal(1, 2, key=jax.random.key(0))
    wide = TwoLayer(
        jnp.concatenate([narrow.w, narrow.w]), jnp.array([0.5, 1.0]) * narrow.a
    )
    save_model(wide, tmp_path / "wide.npz")
    found = answer(str(tmp_path / "wide.npz"), "--in-width", "3")
    assert (found["intrinsic"], found["count"]) == (1, 68)
    two_layer = ["two-layer", "--inputs", "2", "--width", "1", "--in-width", "3"]
    assert answer(*two_layer)["count"] == 68


def test_saddles_have_no_sample_sizes(answer):
    found = answer(*NUMBERS, "--loss", "nonzero", "--components", "2", "--inputs", "3")
    assert found["thresholds"] == {}
    assert found["count"] == sum(row["count"] for row in found["types"])


def test_numbers_beyond_any_list_are_exact(answer):
    args = ["--intrinsic-width", "2", "--width", "60", "--activation", "tanh"]
    found = answer(*args)
    assert found["types"] is None
    assert found["count"] > 10**60


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_figure_is_written_once(capsys, tmp_path, suffix):
    path = str(tmp_path / f"branches.{suffix}")
    args = ["--intrinsic-width", "1", "--width", "3", "--figure", path]
    assert guarded(run, args, False) == 0
    assert (tmp_path / f"branches.{suffix}").stat().st_size > 1000
    assert guarded(run, args, False) == 2
    assert "exists" in capsys.readouterr().err
    assert guarded(run, [*args, "--force"], False) == 0


def test_help_gives_an_example(capsys):
    assert guarded(run, ["--help"], False) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Example: suffice branches" in out
    assert "--intrinsic-width K" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--intrinsic-width", "3", "--width", "2"], "below the intrinsic width 3"),
        ([*NUMBERS[:4], "--activation", "square"], "a polynomial"),
        ([*NUMBERS[:4], "--activation", "tahn"], "'tahn' is not known"),
        (["deep", "--widths", "2", "3", "1"], "got DeepNetwork"),
        (
            ["two-layer", "--inputs", "2", "--width", "3", "--in-width", "2"],
            "width is 2, below the intrinsic width 3",
        ),
    ],
)
def test_a_mistake_is_one_line(refusal, args, message):
    assert message in refusal(*args)
