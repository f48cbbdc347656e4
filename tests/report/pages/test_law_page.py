"""The page of a law: what it shows, and that it stands alone."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from whole_pages import check

import suffice as sf
from suffice.laws import LawAnswer
from suffice.report import law_page
from suffice.report._figures._law import fit_figure, profile_figure


def saturating(s, top=2.0, _half=1.0):
    return top * s / (_half + s)


def plane(s, t, u=1.0, v=1.0):
    return u * s + v * jnp.exp(t)


def fitted(function, inputs):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.uniform(0.2, 3, 12) for name in inputs})
    exact = function(*(table[name].to_numpy() for name in inputs))
    table["<y>"] = np.asarray(exact) + 0.02 * rng.standard_normal(12)
    return sf.laws.fit_law(sf.law(function, inputs=inputs), table, target="<y>")


@pytest.fixture(scope="module")
def fit():
    return fitted(saturating, ["s"])


def test_the_page_stands_alone_and_has_every_figure(fit):
    answer = LawAnswer(
        fit.law,
        "top s / (_half + s)",
        sf.identify(fit.law),
        fit,
        design=sf.design(fit, size=3),
    )
    page = law_page(answer, command="suffice identify 'a<b.py:f'")
    for name in ("fit0", "profiles", "design"):
        assert f'id="{name}"' in page
    assert page.count("<svg") == 3
    assert "<script" not in page
    assert "&lt;y&gt;" in page
    assert len(page) < 300_000
    check(page, without_head=1)


def test_the_figures_show_the_rows_and_the_profiles(fit):
    (axes,) = fit_figure(fit).axes
    line, measured = axes.lines
    rows = np.column_stack([fit.data.x[:, 0], fit.data.y[:, 0]])
    np.testing.assert_array_equal(measured.get_xydata(), rows)
    values = line.get_xdata() * fit.estimates[0].value
    np.testing.assert_allclose(
        line.get_ydata(), values / (fit.estimates[1].value + line.get_xdata())
    )
    (axes,) = profile_figure(fit).axes
    names = [line.get_label().strip("\u200b") for line in axes.lines]
    assert names == ["top", "_half", "linear law"]


def test_of_several_inputs_measured_stands_against_fitted():
    fit = fitted(plane, ["s", "t"])
    (axes,) = fit_figure(fit).axes
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), fit.data.y[:, 0])
    assert axes.get_ylabel() == "measured <y>"
