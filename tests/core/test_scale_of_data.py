"""Data of any usual unit are taken as they are, and others are refused in words."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from suffice._core import check_scale
from suffice.auditing import audit
from suffice.completion import complete, factorisation_flow
from suffice.landscape import classify, escape, inertia
from suffice.models import TwoLayer
from suffice.reduction import effective_reduction
from suffice.samples import guarantee, plan
from suffice.spectra import forecast, nudft, principal_directions

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((5, 2)) @ RNG.standard_normal((2, 6))
SEEN = RNG.random((5, 6)) < 0.8


def test_only_the_largest_entry_counts():
    for values in (0.0, [0.0, 1e-300, 1.0], [np.nan, np.inf, 1e50], ["a"], [True]):
        check_scale("x", np.asarray(values))
    for scale in (1e200, 1e-200):
        with pytest.raises(ValueError, match="Multiply x by a constant"):
            check_scale("x", scale * np.ones(3))
    check_scale("x", 1e-200 * np.ones(3), smallest=0.0)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_every_door_refuses_what_float64_cannot_square(scale):
    with pytest.raises(ValueError, match="entries has a largest entry of"):
        complete(scale * MATRIX, SEEN, rank=2)
    with pytest.raises(ValueError, match="values has a largest entry of"):
        factorisation_flow(scale * MATRIX, SEEN)
    x = RNG.standard_normal((20, 2))
    table = pd.DataFrame({"first": scale * x[:, 0], "y": x[:, 1]})
    with pytest.raises(ValueError, match="column 'first'"):
        audit(table, "y")
    with pytest.raises(ValueError, match="x has a largest entry of"):
        principal_directions(scale * x)
    model, key = normal_network(0), jax.random.key(0)
    for ask in (classify, escape, inertia):
        with pytest.raises(ValueError, match="x has a largest entry of"):
            ask(model, scale * x, x[:, 0])
        with pytest.raises(ValueError, match="y has a largest entry of"):
            ask(model, x, scale * x[:, 0])
    with pytest.raises(ValueError, match="x has a largest entry of"):
        guarantee(model, scale * x)
    with pytest.raises(ValueError, match="pool has a largest entry of"):
        plan(model, pool=scale * x)
    with pytest.raises(ValueError, match="x has a largest entry of"):
        effective_reduction(model, scale * x, key=key)


@pytest.mark.parametrize("power", [-150, -37, 12, 161])
def test_answers_scale_with_the_data(power):
    scale = 2.0**power
    one = complete(MATRIX, SEEN, rank=2)
    other = complete(scale * MATRIX, SEEN, rank=2)
    np.testing.assert_array_equal(other.status, one.status)
    np.testing.assert_allclose(other.values, scale * one.values, rtol=1e-7)
    x, y = np.sort(RNG.uniform(0, 1, 12)), RNG.standard_normal(12)
    frequencies = np.arange(5.0)
    plain = np.asarray(nudft(x, y, frequencies))
    np.testing.assert_array_equal(nudft(x, scale * y, frequencies), scale * plain)


PAIRS = np.random.default_rng(5).integers(-190, 190, (4, 2)).tolist()  # exponents


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("flow", "greedy")]


@pytest.mark.parametrize("method", ["least-squares", "nuclear", *SLOW])
def test_every_method_of_completion_scales_with_the_entries(method):
    rank = "auto" if method == "nuclear" else 2
    one = complete(MATRIX, SEEN, rank=rank, method=method)
    for power in PAIRS[0]:
        other = complete(2.0**power * MATRIX, SEEN, rank=rank, method=method)
        np.testing.assert_array_equal(other.status, one.status)
        assert (other.rank, other.converged) == (one.rank, one.converged)
        np.testing.assert_allclose(other.values, 2.0**power * one.values, rtol=1e-6)


def normal_network(seed):
    return TwoLayer.normal(2, 2, key=jax.random.key(seed))


def rescaled(model, of_x, of_y):
    """The model that maps `of_x * x` to `of_y` times what it maps `x` to."""
    return TwoLayer(model.w / of_x, model.a * of_y, model.b, model.c, model.activation)


@pytest.mark.parametrize("powers", PAIRS, ids=str)
def test_verdicts_about_points_do_not_depend_on_units(powers):
    """At zero loss, at the origin, and at the split of one neuron."""
    of_x, of_y = 2.0 ** np.array(powers)
    x = np.array([[-1.5, 0.5], [0.25, 0.25], [-0.75, 1], [0.25, -0.25]])
    target, y = normal_network(4), np.array([-1.5, -0.25, -0.5, -1.25])
    origin = TwoLayer(jnp.zeros((2, 2)), jnp.zeros(2))
    row, a = [2.213261320906, 3.083178017349], 0.411628248126
    split = TwoLayer(jnp.array([row, row]), jnp.array([0.25 * a, 0.75 * a]))
    for point, values in ((target, jax.vmap(target)(x)), (origin, y), (split, y)):
        one = classify(point, x, values)
        other = classify(rescaled(point, of_x, of_y), of_x * x, of_y * values)
        assert other.verdict == one.verdict
        assert other.inertia.signature == one.inertia.signature


@pytest.mark.parametrize("powers", PAIRS, ids=str)
def test_verdicts_about_samples_do_not_depend_on_units(powers):
    """Whether five or eight samples suffice, and in which order to take them."""
    of_x, of_y = 2.0 ** np.array(powers)
    x, target = np.random.default_rng(3).standard_normal((9, 2)), normal_network(4)
    model = rescaled(target, of_x, of_y)
    for n in (5, 8):
        one, other = guarantee(target, x[:n]), guarantee(model, of_x * x[:n])
        assert (other.holds, other.rank) == (one.holds, one.rank)
        np.testing.assert_allclose(other.kappa, one.kappa, rtol=1e-5)
    order = plan(target, pool=x).order
    np.testing.assert_array_equal(plan(model, pool=of_x * x).order, order)


@pytest.mark.parametrize("powers", PAIRS[:2], ids=str)
def test_a_forecast_does_not_depend_on_units(powers):
    of_x, of_y = 2.0 ** np.array(powers)
    x = np.linspace(-1, 1, 12)[:, None]
    y = np.sin(3 * x[:, 0])
    model = TwoLayer.normal(8, 1, key=jax.random.key(0))
    one = forecast(model, (x[::2], y[::2]), (x[1::2], y[1::2]))
    sets = [(of_x * x[k::2], of_y * y[k::2]) for k in (0, 1)]
    other = forecast(rescaled(model, of_x, of_y), *sets)
    assert other.headline() == one.headline()
    assert other.alignment == pytest.approx(one.alignment, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("powers", PAIRS[:1], ids=str)
def test_an_audit_does_not_depend_on_units(powers):
    of_x, of_y = 2.0 ** np.array(powers)
    x = np.random.default_rng(0).uniform(-2, 2, 20)
    quick = {"max_width": 1, "folds": 2, "restarts": 1, "splits": 2}
    tables = [
        pd.DataFrame({"field": s * x, "moment": t * np.tanh(x)})
        for s, t in ((1, 1), (of_x, of_y))
    ]
    one, other = (audit(table, "moment", **quick) for table in tables)
    assert other.headline() == one.headline()
    at = np.array([[0.3], [1.1]])
    np.testing.assert_allclose(
        other.predict(of_x * at), of_y * one.predict(at), rtol=1e-6
    )
