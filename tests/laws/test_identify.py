"""What any data can determine: the table of laws with known answers."""

import jax.numpy as jnp
import pytest
from published import TABLE

import suffice as sf
from suffice.auditing import Region


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0].__name__)
def test_what_is_determined_of_known_laws(row):
    function, rank, single, mixed = row
    found = sf.identify(function)
    assert found.rank.value == rank
    assert found.determined == single
    assert tuple(c.text for c in found.combinations) == mixed
    count = len(single) + sum(c.count for c in found.combinations)
    assert count == rank


def test_a_threshold_is_not_said_to_have_no_influence():
    def step(x, height=2.0, gain=1.5, threshold=3.0):
        return jnp.where(x > threshold, height * gain * x, 0.0)

    found = sf.identify(step)
    assert found.undecided == ("threshold",)
    assert found.without_influence == ()
    assert not found.whole
    assert "whether threshold can be told from the jumps" in found.headline()


def test_a_jump_can_determine_what_derivatives_do_not():
    def step(x, gain=2.0, threshold=3.0):
        return jnp.where(x > threshold, gain * threshold * x, 0.0)

    found = sf.identify(step)
    assert found.undecided == ("gain", "threshold")
    assert found.headline().startswith("At least gain*threshold is determined")


def test_kinks_that_stay_where_they_are_leave_the_answer():
    def kinked(x, a=1.0, b=2.0, c=3.0):
        return a * jnp.maximum(b * x - c, 0)

    found = sf.identify(kinked)
    assert found.undecided == ()
    assert [c.text for c in found.combinations] == ["a*c", "b/c"]


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (lambda x, a=0.0, b=1.0: a * x + b * x**2, "every parameter"),
        (lambda x, a=1.0, b=2.0: (a + jnp.pi * b) * x, "Only a+3.142*b is"),
        (lambda x, a=-1.0, b=2.0: a / b * x, "Only a/b is"),
        (lambda x, a=1.0, b=2.0, c=0.3: a * x ** (b * c), "Only a and b*c are"),
        (lambda x, a=1.0, b=2.0: 3.0 + 0 * x, "a and b have no influence"),
        (
            lambda s, k1=1.0, km1=2.0, k2=3.0, e=0.1: (
                k2 * e * s / ((km1 + k2) / k1 + s)
            ),
            "Only 2 combinations of k1, km1, k2 and e are",
        ),
    ],
)
def test_sentences(law, said):
    assert said in sf.identify(law).headline()


def test_what_underflows_is_not_said_to_have_no_influence():
    def fast(x, a=1.0, b=2.0, k=1e5):
        return a + b * jnp.exp(-k * x)

    assert sf.identify(fast, region=Region(range={"x": (0.1, 10.0)})).whole

    def faster(x, a=1.0, b=2.0, c=1.0, k=1e5):
        return a + b * c * jnp.exp(-k * x)

    found = sf.identify(faster, region=Region(range={"x": (0.1, 10.0)}))
    assert found.without_influence == ()
    assert found.rank.value in (3, None)


def test_a_direction_without_formula_is_that_at_the_starting_values():
    def shifted(x, a=2.0, b=3.0, c=1.0):
        return a * jnp.exp(-b * (x - c))  # a exp(b c): da / a = -b dc

    (mixed,) = sf.identify(shifted).combinations
    assert mixed.parameters == ("a", "c")
    assert mixed.direction["c"] == pytest.approx(-mixed.direction["a"] / 3.0)


def test_of_a_law_with_pieces_it_is_said_where_the_answer_holds():
    found = sf.identify(lambda x, a=1.0, b=2.0: jnp.maximum(a * x, b * x))
    assert found.determined == ("b",)
    assert "near the starting values" in str(found.note)


def far_apart(x, r1=1e-5, r2=1e4):
    return x * (1 / r1 + 1 / r2)


def near_and_far(x, r1=1e-3, r2=10.0):
    return x * (1 / r1 + 1 / r2)


def tiny_weight(x, a=1e-9, b=1e9):
    return x * (a * 1e18 + b)


@pytest.mark.parametrize(
    ("law", "combination"),
    [
        (far_apart, "1/r1+1/r2"),
        (near_and_far, "1/r1+1/r2"),
        (tiny_weight, "a+1e-18*b"),
    ],
)
def test_parameters_of_very_different_size_keep_their_combination(law, combination):
    """A ratio near zero is no zero: elimination gives the same formula at any size."""
    found = sf.identify(law)
    assert found.determined == ()
    assert [str(c) for c in found.combinations] == [combination]


def test_names_keep_their_capitals_at_the_start_of_a_sentence():
    def rate(S, Vmax=2.0, Km=1.0):
        return Vmax * S / (Km + S)

    assert sf.identify(rate).headline().startswith("Measurements at S from")
