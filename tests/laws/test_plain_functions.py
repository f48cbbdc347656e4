"""A function is taken for a law wherever a law is, and what is no table is named."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import suffice as sf
from suffice._core import TableError
from suffice.laws import compare_laws, fit_law


def test_a_plain_function_takes_its_inputs_from_the_columns():
    def decay(t, shift=0.5, a=2.0, k=0.3):
        return a * jnp.exp(-k * t) + shift

    t = np.linspace(0, 5, 8)
    table = pd.DataFrame({"t": t, "shift": t**2, "y": 2 * np.exp(-0.3 * t) + t**2})
    fit = fit_law(decay, table, "y")
    assert fit.law.inputs == ("t", "shift")
    assert fit.law.names == ("a", "k")
    assert fit_law(decay, table.drop(columns="shift"), "y").law.inputs == ("t",)
    assert fit_law(decay, fit.data).law.inputs == ("t", "shift")
    assert sf.design(decay).inputs == ("t",)


def test_a_column_that_is_missing_is_named():
    with pytest.raises(TableError, match=r"no input column 't'.*Call the argument"):
        fit_law(lambda t, a=1.0: a * t, pd.DataFrame({"u": [1, 2], "y": [1, 2]}), "y")


@pytest.mark.usefixtures("unchecked")
def test_what_is_no_table_is_named():
    with pytest.raises(TableError, match="the table is a dict"):
        fit_law(lambda t, a=1.0: a * t, {"t": [1, 2], "y": [1, 2]}, "y")


def test_functions_are_compared():
    def line(t, a=1.0, b=0.0):
        return a * t + b

    def square(t, a=1.0, b=0.0):
        return a * t**2 + b

    t = np.linspace(0, 5, 12)
    table = pd.DataFrame({"t": t, "y": t**2 + 0.01 * np.sin(7 * t)})
    found = compare_laws([line, square], table, "y", starts=2)
    assert found.chosen == "square"
    assert "to take among line and square" in found.headline()
