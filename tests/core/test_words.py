"""Numbers and counts are written in the same words everywhere."""

import pytest

from suffice._core import percent, plural, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234.5, "1230"),
        (0.00123456, "0.00123"),
        (1.5e-29, "1.5e-29"),
        (2.5e7, "2.5e+07"),
        (float("inf"), "∞"),
        (-3.14159, "-3.14"),
    ],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


def test_rounding_is_said_to_be_nothing():
    assert percent(1e-29) == "≈ 0 %"
    assert percent(0.123456) == "12.3 %"
    assert plural(1, "neuron") == "1 neuron"
    assert plural(2, "neuron") == "2 neurons"
