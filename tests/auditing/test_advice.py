"""What to measure next and how many more: against formulas and independent counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from advice_cases import estimate, NONE

from suffice.auditing import Pool, read_pool, Region, Table, TableError
from suffice.auditing._candidates import linear_fit, one_and_inputs
from suffice.auditing._design._advice import _bent
from suffice.auditing._design._more import (
    _planned,
    _spread,
    more_for_function,
)
from suffice.auditing._design._next import next_samples
from suffice.auditing._design._order import SeenDirections
from suffice.auditing._design._where import where
from suffice.auditing._standard import Standard
from suffice.samples import guarantee

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 2))
POOL = RNG.normal(size=(40, 2))
DATA = Standard.of(Table(("a", "b"), "y", X, X @ [1.0, 2.0] + RNG.normal(size=20)))


def fitted(data):
    return linear_fit(data, np.ones(len(data.y), bool), one_and_inputs)


def features(x):
    return np.column_stack([np.ones(len(x)), x])


@pytest.fixture(scope="module")
def directions():
    return SeenDirections(fitted(DATA), DATA, DATA.standard(POOL), KEY)


def variance(*rows):
    """Mean variance of a linear model over the pool, by its own formula."""
    j, pool = features(np.concatenate([X, *rows])), features(POOL)
    return np.einsum("ij,jk,ik->i", pool, np.linalg.inv(j.T @ j), pool).mean()


def test_each_candidate_lowers_the_mean_variance_most(directions):
    order = directions.order(3)
    taken = np.zeros((0, 2))
    for index in order:
        falls = [variance(taken, point[None]) for point in POOL]
        assert falls[index] == pytest.approx(min(falls))
        taken = np.concatenate([taken, POOL[[index]]])


@pytest.mark.parametrize("kind", ["number", "class"])
def test_the_amplification_is_that_of_a_guarantee(kind):
    y = (X[:, 0] + 0.5 * RNG.normal(size=20) > 0).astype(float)
    error = None if kind == "class" else RNG.uniform(0.1, 3.0, 20)
    table = Table(("a", "b"), "y", X, y, kind=kind, classes=("no", "yes"), error=error)
    data = Standard.of(table)
    model, pool = fitted(data), data.standard(POOL)
    seen = SeenDirections(model, data, pool, KEY)
    order = seen.order(2)
    everywhere = np.concatenate([data.x, pool])
    for size, kappa in enumerate(seen.path(order)[1], 1):
        x = np.concatenate([data.x, pool[order[:size]]])
        assert kappa == pytest.approx(guarantee(model, x, pool=everywhere).kappa)


def test_the_path_is_that_of_least_squares(directions):
    order = directions.order(4)
    found, kappas = directions.path(order)
    assert directions.now == pytest.approx(variance())
    for size in range(1, 5):
        assert found[size - 1] == pytest.approx(variance(POOL[order[:size]]))
    assert (kappas >= 1 - 1e-9).any()
    assert (np.diff(found) < 0).all()


def test_cheap_candidates_come_first_and_a_pool_is_used_once(directions):
    cost = np.where(np.arange(40) == 7, 1e-3, 1.0)
    order = directions.order(40, cost=cost, again=False)
    assert order[0] == 7
    assert sorted(order) == list(range(40))


def test_the_choice_does_not_depend_on_the_units_of_the_inputs(directions):
    scaled = Standard.of(Table(("a", "b"), "y", X * [1e3, 1e-2] + 5, DATA.table.y))
    other = SeenDirections(
        fitted(scaled),
        scaled,
        scaled.standard(POOL * [1e3, 1e-2] + 5),
        KEY,
    )
    assert other.order(6).tolist() == directions.order(6).tolist()


def proposed(directions, pool=POOL, **changes):
    options = {"now": 2.0, "power": 1.0, "source": "here"}
    order = directions.order(5)
    return next_samples(directions, order, DATA, pool, **(options | changes))


def test_what_a_batch_buys_is_in_the_units_of_the_target(directions):
    found = proposed(directions)
    after = variance(found.x)
    assert found.error[-1] == pytest.approx(2.0 * np.sqrt(after / variance()))
    early = proposed(directions, power=0.65)
    np.testing.assert_allclose(early.left, found.left**0.65)
    assert proposed(directions, now=None).error is None


def test_repeated_measurements_are_counted():
    pool = np.concatenate([X[:1], X[:1] + 100.0])
    apart = SeenDirections(fitted(DATA), DATA, DATA.standard(pool), KEY)
    found = proposed(apart, pool)
    far = (found.x > 50).all(axis=1)
    assert found.repeats[far].tolist() == list(range(far.sum()))
    assert found.repeats[~far].tolist() == list(range(1, (~far).sum() + 1))
    assert found.outside == far.sum()


def test_measurements_spread_over_the_region_lower_the_variance(directions):
    pool = features(POOL)
    moment = pool.T @ pool / len(pool)
    j = features(X)
    for m in (0, 1, 10, 1000):
        after = np.trace(np.linalg.solve(j.T @ j + m * moment, moment))
        found = _spread(directions)(np.array([m]))[0]
        assert found == pytest.approx(after / variance())


def test_a_plan_is_followed_one_by_one_and_then_on_average(directions):
    order = directions.order(400)
    steps = np.array([0, 1, 5, 128, 200, 400])
    exact = [variance(POOL[order[:m]]) / variance() for m in steps]
    found = _planned(directions, order[:128], again=True)(steps)
    np.testing.assert_allclose(found[:4], exact[:4])
    np.testing.assert_allclose(found[4:], exact[4:], rtol=0.02)
    whole = directions.order(128, again=False)
    once = _planned(directions, whole, again=False)(np.array([40, 41, 500]))
    assert once[0] == pytest.approx(variance(POOL) / variance())
    np.testing.assert_allclose(once, once[0])


def for_function(directions, want, now=1.0, noise=None, others=NONE):
    plan = directions.order(128)
    return more_for_function(
        want, now, 20, directions, plan, 1.0, noise or estimate(), others, 1.0, True
    )


def test_a_plan_takes_fewer_measurements_than_chance(directions):
    found = for_function(directions, 0.5)
    assert found.verdict == "more"
    assert found.planned < found.random
    assert found.least <= found.random
    error = np.sqrt(_spread(directions)(np.array([found.random - 1, found.random])))
    assert error[0] > 0.5 >= error[1]
    assert "or " + str(found.planned) + " in the best order" in str(found)


def test_answers_without_a_number(directions):
    assert for_function(directions, 2.0).verdict == "enough"
    assert for_function(directions, 1e-6).verdict == "beyond"
    assert for_function(directions, 0.5, now=None).verdict == "not settled"
    misfit = for_function(directions, 0.5, noise=estimate(lack_of_fit=1e-4))
    assert misfit.verdict == "another model"
    assert "misses the means of repeated measurements" in str(misfit)


def test_places_are_checked(unchecked):
    table = DATA.table
    assert where(table, None, None, None).source == "the region of the data"
    declared = where(table, Region(range={"a": (0, 1)}), None, None)
    assert declared.source == "the region that you declared"
    for given, why in (
        ((Region(), POOL, None), "region and pool are both given"),
        ((None, None, np.ones(3)), "cost is given without a pool"),
        ((None, POOL, np.ones(3)), "cost has 3 values"),
        ((None, POOL, np.zeros(40)), "cost has 40 values, the least of them 0"),
        ((None, POOL[:, :1], None), "pool has shape"),
        ((None, POOL[:0], None), "pool has shape"),
    ):
        with pytest.raises(ValueError, match=why):
            where(table, *given)


def test_a_law_without_noise_is_never_measured_twice_at_one_place():
    place = where(DATA.table, None, np.concatenate([X[:3], POOL]), np.arange(1.0, 44))
    new = place.without(X)
    assert new.x.tolist() == POOL.tolist()
    assert new.cost.tolist() == list(range(4, 44))
    assert not new.again
    assert place.without(place.x) is place


def test_a_pool_has_costs(tmp_path):
    path = tmp_path / "pool.csv"
    path.write_text("a,b,price\n1,2,5\n3,4,1\n1,2,3\n")
    found = read_pool(path, DATA.table, cost="price")
    assert isinstance(found, Pool)
    assert found.x.tolist() == [[1, 2], [3, 4]]
    assert found.cost.tolist() == [3, 1]
    with pytest.raises(TableError, match="no input column 'prize'; did you mean"):
        read_pool(path, DATA.table, cost="prize")
    path.write_text("a,b,price\n1,2,0\n")
    with pytest.raises(TableError, match="the least 'price' is 0"):
        read_pool(path, DATA.table, cost="price")
    path.write_text("a\n1\n2\n")
    single = Table(("a",), "y", X[:, :1], DATA.table.y)
    assert read_pool(path, single).x.tolist() == [[1], [2]]


def test_directions_of_a_network_are_those_of_its_parameters():
    from suffice.auditing._candidates import network

    model = network(1, 2)
    arrays = (jnp.array([[1.0, -0.5]]), jnp.array([2.0]), jnp.array([0.3]))
    model = type(model)(*arrays, jnp.array(0.1), "tanh")
    seen = SeenDirections(model, DATA, DATA.standard(POOL), KEY)
    assert seen.q.shape == (40, 5)
    assert np.isfinite(seen.now)
    short = Standard.of(Table(("a", "b"), "y", X[:4], DATA.table.y[:4]))
    few = SeenDirections(model, short, short.standard(POOL), KEY)
    assert few.now == np.inf
    found = next_samples(few, few.order(2), short, POOL, now=None, power=1.0, source="")
    assert np.isfinite(found.kappa).all()
    assert (found.left == np.inf).all()


def test_weighted_rows_and_counts_have_their_own_information():
    error = np.where(np.arange(20) < 10, 1.0, 2.0)
    table = Table(("a", "b"), "y", X, np.arange(20.0) % 5, error=error, kind="count")
    data = Standard.of(table)
    model = fitted(data)
    seen = SeenDirections(model, data, data.standard(POOL), KEY)
    j, pool = features(data.x), features(data.standard(POOL))
    mean = np.exp(j @ np.asarray(model.theta))
    after = np.exp(pool @ np.asarray(model.theta))
    spread = np.linalg.inv(j.T @ ((data.weights * mean)[:, None] * j))
    expected = (after**2 * np.einsum("ij,jk,ik->i", pool, spread, pool)).mean()
    assert seen.now == pytest.approx(expected)


def test_measurements_for_a_linear_model_show_a_bend():
    x = np.linspace(-1, 1, 12)[:, None]
    line = Standard.of(Table(("a",), "y", x, x[:, 0] + 0.1 * np.cos(9 * x[:, 0])))
    pool = line.standard(np.linspace(-1, 1, 21)[:, None])
    ends = SeenDirections(fitted(line), line, pool, KEY).order(6)
    assert set(ends) == {0, 20}
    assert any(4 < index < 16 for index in _bent(line, pool, KEY).order(6))


def test_a_bend_is_looked_for_where_the_rows_allow_it():
    pool = DATA.standard(POOL)
    assert _bent(DATA, pool, KEY).q.shape == (40, 6)
    few = Standard.of(Table(("a", "b"), "y", X[:11], DATA.table.y[:11]))
    assert _bent(few, pool, KEY) is None
    marks = np.column_stack([X[:, 0], X[:, 1] > 0])
    data = Standard.of(Table(("a", "b"), "y", marks, DATA.table.y))
    own = data.standard(np.column_stack([POOL[:, 0], POOL[:, 1] > 0]))
    assert _bent(data, own, KEY).q.shape == (40, 5)  # no square of zeros and ones
    apart = np.column_stack([np.eye(3)[np.arange(20) % 3, :2], X[:, 0]])
    data = Standard.of(Table(("a", "b", "c"), "y", apart, DATA.table.y))
    assert _bent(data, data.x, KEY) is None  # no row has both marks
