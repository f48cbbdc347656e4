"""Dataclasses to tables and strictly back; seeds from values."""

import dataclasses
import enum
import json
from typing import Annotated, Any

import numpy as np
import pytest
from toy import Gauss, Laplace, Samples, Toy

from suffice.sweeps import value_seed
from suffice.sweeps._plain import from_plain, to_plain


class Colour(enum.Enum):
    red = 1
    blue = 2


@dataclasses.dataclass(frozen=True)
class Everything:
    colour: Colour
    pair: tuple[int, float] = (1, 2.0)
    nested: tuple[tuple[float, ...], ...] = ((1.0,), (2.0, 3.0))
    arms: tuple[Gauss | Laplace, ...] = (Laplace(), Gauss(2.0))
    number: int | float | None = None
    table: dict[str, int] = dataclasses.field(default_factory=dict)
    anything: Any = None
    annotated: Annotated[int, "why"] = 3
    flag: bool = False
    far: float = float("inf")


EXAMPLES = [
    Everything(Colour.red),
    Everything(
        Colour.blue, number=3, table={"a": 1}, anything=("x", (1, None)), flag=True
    ),
    Everything(Colour.blue, (7, -0.0), (), (), number=3.0, far=-1e-300),
    Toy(noise=Laplace(0.1, 5), samples=Samples(9, "planned"), limit=2.5),
]


@pytest.mark.parametrize("study", EXAMPLES)
def test_json_brings_back_the_same_dataclass(study):
    table = json.loads(json.dumps(to_plain(study), allow_nan=False))
    back = from_plain(type(study), table)
    assert back == study
    assert repr(back) == repr(study)  # 3 stays 3 and 3.0 stays 3.0


def test_arms_of_a_union_are_tagged_and_other_tables_are_not():
    table = to_plain(Toy(noise=Laplace()))
    assert table["noise"] == {"kind": "laplace", "spread": 1.0, "tail": 2}
    assert "kind" not in table["samples"]


def test_a_whole_number_is_a_float_where_a_float_is_wanted():
    assert repr(from_plain(Toy, {"scale": 2}).scale) == "2.0"


def test_a_kind_is_taken_where_it_is_not_needed():
    assert from_plain(Samples, {"kind": "samples", "size": 4}) == Samples(4)


def test_none_can_be_written_in_toml():
    assert from_plain(Toy, {"limit": "none"}).limit is None


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"seds": 3}, r"^toy: unknown key 'seds'; did you mean 'seeds'\?$"),
        ({"samples": {"sise": 3}}, r"toy\.samples: unknown key 'sise'.*'size'"),
        ({"noise": {"kind": "gaus"}}, r"toy\.noise\.kind: unknown 'gaus'.*'gauss'"),
        ({"noise": {"spread": 1}}, r"toy\.noise needs a kind: 'gauss' or 'laplace'"),
        ({"samples": {"kind": "toy"}}, r"kind must be 'samples', got 'toy'"),
        ({"seeds": 7.5}, r"toy\.seeds must be an int, got 7\.5 \(float\)"),
        ({"seeds": True}, r"toy\.seeds must be an int, got True"),
        ({"scale": "big"}, r"toy\.scale must be a float, got 'big'"),
        ({"limit": "x"}, r"toy\.limit must be a float.*none"),
        ({"noise": 3}, r"toy\.noise must be a table with kind 'gauss' or"),
        ({"samples": 3}, r"toy\.samples must be a table, got 3"),
        (
            {"samples": {"mode": "any"}},
            r"'random' or 'planned', got 'any'",
        ),
        ({"widths": [1, "a"]}, r"toy\.widths\[1\] must be an int"),
        ({"widths": 1}, r"toy\.widths must be a list"),
        ({"grid": 1}, r"toy\.grid must be a table"),
        ({"scale": -1.0}, r"^toy: scale must not be negative, got -1\.0"),
    ],
)
def test_a_wrong_table_is_one_sentence(table, sentence):
    with pytest.raises(ValueError, match=sentence):
        from_plain(Toy, table)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({}, r"everything\.colour is missing"),
        ({"colour": "green"}, r"colour must be 'red' or 'blue', got 'green'"),
        ({"colour": "red", "pair": [1]}, r"pair must be a list of 2"),
    ],
)
def test_missing_and_unknown_values_are_named(table, sentence):
    with pytest.raises(ValueError, match=sentence):
        from_plain(Everything, table)


def test_what_no_table_can_hold_is_refused():
    with pytest.raises(TypeError, match="holds ndarray"):
        to_plain(Everything(Colour.red, anything=np.zeros(3)))
    with pytest.raises(TypeError, match="is annotated"):
        from_plain(np.ndarray, [1, 2])


def test_seeds_follow_values_and_nothing_else():
    assert value_seed("inputs", 3) == value_seed("inputs", np.int64(3))
    assert value_seed(Samples(3)) == value_seed(Samples(3))
    different = {value_seed(3), value_seed(3.0), value_seed("3"), value_seed([3])}
    assert len(different) == 4
    assert value_seed(0, "draws", 0) == 8323217045864968478  # never to change
    many = [value_seed("role", i) for i in range(5_000)]
    assert len(set(many)) == len(many)
    assert min(many) >= 0
    assert max(many) < 2**63
    bits = np.array([[m >> b & 1 for b in range(63)] for m in many]).mean(0)
    assert np.abs(bits - 0.5).max() < 6 * 0.5 / np.sqrt(len(many))
