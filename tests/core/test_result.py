"""Results print themselves and turn into JSON."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import count_parameters, evaluate, Hidden, plain, ravel, Result
from suffice.models import TwoLayer


@dataclasses.dataclass(frozen=True)
class Answer(Result):
    value: int
    error: float
    curve: np.ndarray
    nothing: str | None = None

    def headline(self):
        return "An <answer>."


ANSWER = Answer(3, np.inf, np.array([1.0, np.nan]))


def test_it_prints_a_sentence_and_the_numbers():
    assert str(ANSWER) == "An <answer>.\n  value  3\n  error  inf"


def test_html_escapes_what_came_from_outside():
    assert "&lt;answer&gt;" in ANSWER._repr_html_()
    assert "<answer>" not in ANSWER._repr_html_()


def test_json_holds_everything_and_stays_json():
    data = json.loads(ANSWER.to_json())
    assert data == {"value": 3, "error": "inf", "curve": [1.0, "nan"], "nothing": None}


def test_plain_of_arrays_and_nested_results():
    assert plain({"a": jnp.arange(2), 1: (ANSWER, np.float64(2.5))})["a"] == [0, 1]
    assert plain([ANSWER])[0]["value"] == 3


def test_parameters_make_a_round_trip():
    model = TwoLayer.normal(2, 3, key=jax.random.key(0), bias=True)
    theta, at = ravel(model)
    assert count_parameters(model) == theta.size == 10
    x = np.ones((4, 3))
    np.testing.assert_array_equal(evaluate(at(theta), x), evaluate(model, x))
    assert evaluate(model, x).shape == (4, 1)


def test_a_result_without_a_sentence_is_a_programming_error():
    @dataclasses.dataclass(frozen=True)
    class Mute(Result):
        value: int = 1

    with pytest.raises(TypeError, match="Mute must define headline"):
        str(Mute())


@dataclasses.dataclass(frozen=True)
class Part:
    size: int
    inside: Hidden[float] = 0.0


@dataclasses.dataclass(frozen=True)
class Solution(Result):
    model: Hidden[object]
    part: Part
    loss: np.ndarray
    note: str | None = None

    def headline(self):
        return f"Solved: {self.note}"

    def derived(self):
        return {"double": 2 * self.part.size}


def test_hidden_fields_stay_out_of_the_dictionary_and_derived_values_are_in_it():
    found = Solution(object(), Part(3), np.array(0.5), "by chance")
    known = {"part": {"size": 3}, "loss": 0.5, "note": "by chance", "double": 6}
    assert found.to_dict() == known


def test_a_note_in_the_headline_is_not_repeated_and_empty_rows_are_left_out():
    assert str(Solution(None, Part(3), np.array(0.5), "x")) == "Solved: x\n  loss  0.5"
    assert str(Solution(None, Part(3), np.array(0.5))).count("\n") == 1
