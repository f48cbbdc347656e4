"""Targets that are classes or counts, and rows that are not measured equally well."""

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import scipy.special
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from suffice._core import pure_error
from suffice.auditing import audit, read_table, Table, TableError
from suffice.auditing._candidates import linear_fit, one_and_inputs, predict_one
from suffice.auditing._dependence import dependence
from suffice.auditing._predictor._predictor import predictor_of
from suffice.auditing._search import best_networks
from suffice.auditing._standard import Standard
from suffice.auditing._targets._response import Deviance, expected, likeliest, slope
from suffice.report import audit_page, audit_text

ALL = np.ones(60, bool)
KINDS = ("class", "count")


def drawn(kind, seed=0, n=60):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    value = 0.5 + x @ [1.5, 0.0]
    mean = expected(value, kind)
    y = rng.poisson(mean) if kind == "count" else rng.uniform(size=n) < mean
    return x, y.astype(float)


def table(kind, seed=0):
    x, y = drawn(kind, seed)
    return Table(("a", "b"), "y", x, y, kind=kind, classes=("no", "yes"))


@pytest.mark.parametrize("kind", KINDS)
def test_linear_fits_are_those_of_scikit_learn(kind):
    x, y = drawn(kind)
    weights = np.random.default_rng(1).uniform(0.5, 2, 60)
    theta = likeliest(np.column_stack([np.ones(60), x]), y, weights, kind)
    if kind == "class":
        other = LogisticRegression(C=1e6, tol=1e-10, max_iter=1000)
        want = other.fit(x, y, weights)
        want = [*want.intercept_, *want.coef_[0]]
    else:
        want = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(x, y, weights)
        want = [want.intercept_, *want.coef_]
    np.testing.assert_allclose(theta, want, rtol=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_the_deviance_is_twice_the_missing_likelihood(kind):
    rng = np.random.default_rng(0)
    value = rng.normal(size=40)
    y = rng.integers(0, 2 if kind == "class" else 9, 40).astype(float)
    value[:5], y[:5] = np.log(3.0) + np.array([0, 1e-9, -1e-5, 1e-3, 2e-3]), 3.0
    y = y if kind == "count" else np.minimum(y, 1)
    mean = expected(value, kind)
    if kind == "class":
        want = -2 * (scipy.special.xlogy(y, mean) + scipy.special.xlog1py(1 - y, -mean))
    else:
        want = 2 * (scipy.special.xlogy(y, y / mean) - (y - mean))
    model = Deviance(lambda x: x[0], kind)
    got = predict_one(model, np.column_stack([value, y])) ** 2
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-12)
    step = 1e-6
    numeric = (expected(value + step, kind) - expected(value - step, kind)) / 2 / step
    np.testing.assert_allclose(slope(value, kind), numeric, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_has_at_least_the_likelihood_of_a_linear_model(kind, key):
    data = Standard.of(table(kind))
    fits = best_networks(1, data, ALL[None], restarts=4, key=key)
    linear = linear_fit(data, ALL, one_and_inputs)
    model = Deviance(linear, kind)
    rows = np.column_stack([data.x, data.table.y])
    assert fits.loss[0] < np.mean(predict_one(model, rows) ** 2)
    shown = data.offset + data.unit * fits.predictions[0]
    assert (shown > 0).all()
    assert kind == "count" or (shown < 1).all()


def test_classes_that_can_be_told_apart_have_a_finite_fit():
    x = np.linspace(-1, 1, 20)[:, None]
    design = np.column_stack([np.ones(20), x])
    theta = likeliest(design, (x[:, 0] > 0).astype(float), np.ones(20), "class")
    assert 5 < theta[1] < 50


@pytest.mark.parametrize("kind", KINDS)
def test_standard_errors_are_those_of_the_information(kind):
    data = Standard.of(table(kind))
    law = predictor_of(linear_fit(data, ALL, one_and_inputs), data, "linear", 1.0, 1.0)
    design = np.column_stack([np.ones(60), data.x])
    value = design @ law.theta
    information = design.T @ (slope(value, kind)[:, None] * design)
    h = np.einsum("ij,jk,ik->i", design, np.linalg.inv(information), design)
    seen = law.predict(data.table.x)
    want = law.scatter * slope(value, kind) * np.sqrt(h)
    np.testing.assert_allclose(seen.function_error, want, rtol=1e-3)
    np.testing.assert_allclose(seen.value.mean(), data.table.y.mean(), rtol=1e-2)
    assert (seen.low < seen.value).all()
    assert (seen.low > 0).all()


def test_weights_are_those_of_weighted_least_squares_by_hand(key):
    rng = np.random.default_rng(0)
    x, error = rng.normal(size=(60, 2)), rng.uniform(0.1, 3, 60)
    y = 1 + x @ [2.0, 0.0] + error * rng.normal(size=60)
    frame = pd.DataFrame({"a": x[:, 0], "sd": error, "b": x[:, 1], "y": y})
    found = read_table(frame, "y", error="sd")
    assert found.inputs == ("a", "b")
    data = Standard.of(found)
    model = linear_fit(data, ALL, one_and_inputs)
    law = predictor_of(model, data, "linear", 1.0, 1.0)
    design = np.column_stack([np.ones(60), x])
    root = 1 / error[:, None]
    theta = np.linalg.lstsq(root * design, root[:, 0] * y)[0]
    np.testing.assert_allclose(law.predict(x).value, design @ theta, rtol=1e-10)
    # A network, whose hidden neuron can be nearly linear, does no worse.
    fits = best_networks(1, data, ALL[None], restarts=4, key=key)
    chi = np.sum((root[:, 0] * (y - design @ theta)) ** 2)
    unit = np.mean(error**-2.0) * data.unit**2
    assert fits.loss[0] * 60 * unit <= chi * (1 + 1e-3)


def test_weighted_rows_are_like_repeated_ones(key):
    """Half the error counts as four equal rows, in means, noise and dependence."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(12, 1)), 2, axis=0)
    y = rng.normal(size=24)
    error = rng.choice([1.0, 0.5], 24)
    times = np.where(error == 1, 1, 4)
    few = Standard.of(Table(("a",), "y", x, y, error=error))
    many = Standard.of(
        Table(("a",), "y", np.repeat(x, times, axis=0), np.repeat(y, times))
    )
    np.testing.assert_allclose([few.offset, few.unit], [many.offset, many.unit])
    each = linear_fit(few, np.ones(24, bool), one_and_inputs).theta[1] / few.spread[0]
    same = linear_fit(many, np.ones(times.sum(), bool), one_and_inputs).theta[1]
    np.testing.assert_allclose(each, same / many.spread[0], rtol=1e-10)
    np.testing.assert_allclose(
        *(pure_error(d.y, d.groups, d.weights)[0] / len(d.y) for d in (few, many)),
        rtol=1e-10,
    )
    assert dependence(few, key=key).p == dependence(many, key=key).p


READ = {
    "text": (["yes", "no"] * 6, "class", ("no", "yes")),
    "cases": (["control", "case"] * 6, "class", ("control", "case")),
    "truth": (["True", "False"] * 6, "class", ("False", "True")),
    "codes": ([1, 2] * 6, "class", ("1", "2")),
    "bits": ([0, 1] * 6, "class", ("0", "1")),
    "counts": ([0, 3, 1, 0, 7, 2] * 2, "count", None),
    "ages": ([60, 31, 18, 44, 72, 25] * 2, "number", None),
    "marks": ([0, 1, 2.5, 0, 7, 2] * 2, "number", None),
}


@pytest.mark.parametrize("name", READ)
def test_classes_and_counts_are_recognised(name):
    column, kind, classes = READ[name]
    found = read_table(pd.DataFrame({"a": np.arange(12) ** 1.5, "y": column}), "y")
    assert (found.kind, found.classes) == (kind, classes)
    assert len(found.notes) == (kind != "number")
    if classes:
        want = [float(str(cell) == classes[1]) for cell in column]
        np.testing.assert_array_equal(found.y, want)


def test_targets_that_are_neither_are_refused_with_a_remedy():
    frame = pd.DataFrame({"a": np.arange(12) ** 1.5, "y": ["r", "g", "b"] * 4})
    with pytest.raises(TableError, match=r"3 values \(b, g, r\).*one class against"):
        read_table(frame, "y")
    frame["y"] = ["r"] * 10 + ["g"] * 2
    with pytest.raises(TableError, match=r"2 rows of 12 are 'g' in 'y'.*at least 5"):
        read_table(frame, "y")
    frame["y"], frame["sd"] = np.arange(12.0), [1.0] * 11 + [0.0]
    with pytest.raises(
        TableError, match=r"row 12, column 'sd'.*is 0; expected a stand"
    ):
        read_table(frame, "y", error="sd")
    with pytest.raises(TableError, match="'sd' is the measurement error and cannot"):
        read_table(frame, "y", inputs=["sd"], error="sd")


def test_an_audit_of_two_classes_says_so(key):
    x, y = drawn("class", n=60)
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "ill": np.where(y, "yes", "no")})
    quick = {"max_width": 1, "folds": 3, "restarts": 2, "splits": 2}
    found = audit(frame, "ill", **quick, at=x[:3])
    text = " ".join(audit_text(found).split())
    assert "description of the chance of ill = yes by 2 inputs" in text
    assert "a logistic linear model" in text
    assert "The likelier class is the right one for" in text
    assert "noise is about" not in text
    assert "told right" in audit_page(found)
    assert ((found.at.low > 0) & (found.at.high < 1)).all()
