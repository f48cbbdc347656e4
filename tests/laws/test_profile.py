"""Ends of intervals where the data say little: open, or undecided, no far number."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import suffice as sf
from suffice.laws import fit_law


@pytest.mark.slow
def test_a_kink_at_the_last_row_is_open_on_both_sides():
    """One row lies beyond the kink: its height and place enter as one product."""

    def bent(x, a=1.0, b=1.0, c=2.0):
        return a + b * jnp.where(x > c, x - c, 0.0)

    x = np.linspace(0, 1.8, 8)
    y = np.array([1.0, 1.06, 0.96, 0.97, 1.02, 0.95, 1.0, 1.05])
    fit = fit_law(sf.law(bent), pd.DataFrame({"x": x, "y": y}), "y", starts=4)
    for name in ("b", "c"):
        assert fit[name].verdict == "open"
        assert fit[name].interval == (-np.inf, np.inf)


@pytest.mark.slow
def test_a_threshold_that_no_derivative_sees_is_undecided():
    def step(x, a=1.0, b=2.0, c=1.5):
        return jnp.where(x > c, b, a)

    x = np.linspace(0, 3, 12)
    y = np.where(x > 1.4, 2, 1) + 0.05 * np.random.default_rng(0).standard_normal(12)
    fit = fit_law(sf.law(step), pd.DataFrame({"x": x, "y": y}), "y", starts=2)
    assert [e.verdict for e in fit.estimates][:2] == ["determined"] * 2
    assert fit["c"].verdict == "undecided, as it acts through jumps"
    assert "c is undecided" in fit.headline()
