"""Designs with closed forms, by the equivalence theorem and by published numbers."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from published import compartment, inhibited, logistic, two_exponentials
from tables import michaelis, treated

import suffice as sf
from suffice.auditing import Region
from suffice.laws import fit_law
from suffice.laws._fit._bootstrap import bootstrapped


def decay(t, a=2.0, k=0.5):
    return a * jnp.exp(-k * t)


def emax(dose, e0=1.0, top=5.0, ed50=2.0):
    return e0 + top * dose / (ed50 + dose)


def parabola(x, a=1.0, b=1.0, c=1.0):
    return a + b * x + c * x**2


def rate(temperature, a=1.0, e=3.0):
    return a * jnp.exp(-e / temperature)


U = 1.043627 / 2
# law, ranges, D-optimal inputs (with equal weights)
CLOSED = {
    "Michaelis and Menten": (michaelis, {"conc": (0.02, 1.1)}, [0.0846154, 1.1]),
    "the same from 0.2": (michaelis, {"conc": (0.2, 1.1)}, [0.2, 1.1]),
    "decay": (decay, {"t": (0.0, 10.0)}, [0, 2]),
    "decay from 1": (decay, {"t": (1.0, 10.0)}, [1, 3]),
    "Emax": (emax, {"dose": (0.0, 20.0)}, [0, 2 * 20 / 24, 20]),
    "logistic": (logistic, {"x": (-8.0, 8.0)}, [-8, 0.3 - U, 0.3 + U, 8]),
    "parabola": (parabola, {"x": (-1.0, 1.0)}, [-1, 0, 1]),
    "Arrhenius": (rate, {"temperature": (0.5, 2.0)}, [1 / (1 / 2 + 1 / 3), 2]),
    "inhibition": (
        inhibited,
        {"s": (0.1, 10.0), "i": (0.0, 5.0)},
        [(10, 0), (1.153846, 0), (5.25, 5)],
    ),
    "two exponentials": (
        two_exponentials,
        {"t": (0.0, 15.0)},
        [0, 0.40129, 1.56567, 4.54833],
    ),
    "one compartment": (compartment, {"t": (0.1, 24.0)}, [0.51310, 2.15195, 7.56049]),
}


def information(law, x, share):
    j = sf.jacobian(law, np.reshape(x, (len(share), -1)).astype(float))
    return j.T @ (np.asarray(share)[:, None] * j)


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms_are_met_to_half_a_percent(name):
    function, ranges, known = CLOSED[name]
    fixed = ["f"] if name == "one compartment" else ()
    law = sf.law(function, list(ranges), fixed=fixed)
    if name == "Michaelis and Menten":
        assert known[0] == pytest.approx(0.1 * 1.1 / (0.2 + 1.1))
    found = sf.design(law, region=Region(range=ranges))
    p = len(law.names)
    best = np.linalg.det(information(law, known, np.full(p, 1 / p)))
    ours = np.linalg.det(information(law, found.x, found.share))
    assert (ours / best) ** (1 / p) > 0.995
    assert found.efficiency >= 0.998
    exact = sf.design(law, region=Region(range=ranges), size=p)
    rows = np.repeat(exact.x, exact.rows, axis=0)
    ours = np.linalg.det(information(law, rows, np.full(p, 1 / p)))
    assert (ours / best) ** (1 / p) > 0.995


def test_a_parameter_of_its_own():
    alone = sf.design(
        sf.law(decay, fixed=["a"]), region=Region(range={"t": (0.0, 10.0)})
    )
    np.testing.assert_allclose(alone.x, [[2.0]], atol=0.02)
    best = sf.design(
        sf.law(decay), region=Region(range={"t": (0.0, 10.0)}), criterion="k"
    )
    np.testing.assert_allclose(best.x.ravel(), [0, 2.55693], atol=0.02)
    np.testing.assert_allclose(best.share, [0.2178, 0.7822], atol=2e-3)
    assert (best.errors["k"] * 0.5) ** 2 == pytest.approx(0.806010, rel=1e-4)


def test_a_criterion_for_all_is_certified_and_each_wins_at_its_own():
    law, ranges = sf.law(decay), {"t": (0.0, 10.0)}
    designs = {
        c: sf.design(law, region=Region(range=ranges), criterion=c)
        for c in ("D", "A", "I")
    }
    pool = np.linspace(0, 10, 401)[:, None]
    spread = sf.jacobian(law, pool).T @ sf.jacobian(law, pool)
    scores = {
        "D": lambda m: -np.linalg.slogdet(m)[1],
        "A": lambda m: np.trace(np.linalg.inv(m) / np.outer([2, 0.5], [2, 0.5])),
        "I": lambda m: np.trace(np.linalg.inv(m) @ spread),
    }
    for name, score in scores.items():
        values = {c: score(information(law, d.x, d.share)) for c, d in designs.items()}
        assert min(values, key=values.get) == name
        assert designs[name].efficiency > 0.998


def test_costs_move_the_design_to_cheap_places():
    law, pool = sf.law(decay), np.linspace(0, 10, 101)[:, None]
    cost = 1.0 + 10 * (pool[:, 0] > 1.5)
    cheap = sf.design(law, pool=pool, cost=cost)
    assert cheap.x.max() <= 1.5
    with pytest.raises(ValueError, match="cost is given without a pool"):
        sf.design(law, region=Region(range={"t": (0.0, 10.0)}), cost=cost)


def test_steps_are_kept():
    law = sf.law(decay)
    found = sf.design(
        law, region=Region(range={"t": (0.0, 10.0)}, step={"t": 1.5}), size=4
    )
    np.testing.assert_allclose(found.x % 1.5, 0)
    assert sum(found.rows) == 4


def plane(a, b, c, u=1.0, v=2.0, w=3.0):
    return u * a + v * b + w * c


REGIONS = {
    "levels": (Region(levels={"t": (0, 1, 3, 9)}), {0.0, 1.0, 3.0, 9.0}),
    "whole numbers": (Region(range={"t": (0, 7)}, integer=("t",)), set(range(8))),
    "steps from the lower end": (
        Region(range={"t": (0.5, 4.0)}, step={"t": 1.5}),
        {0.5, 2.0, 3.5},
    ),
}


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_of_single_values_is_kept(name):
    region, allowed = REGIONS[name]
    found = sf.design(sf.law(decay), region=region, size=6)
    assert set(found.x.ravel()) <= allowed
    shares = sf.design(sf.law(decay), region=region)
    assert set(shares.x.ravel()) <= allowed
    assert shares.efficiency > 0.998


def test_a_mixture_is_measured_at_its_corners():
    # Scheffe 1958: of a linear mixture the pure components are D-optimal.
    ends = {name: (0.0, 1.0) for name in "abc"}
    region = Region(range=ends, require=("a + b + c = 1",))
    found = sf.design(sf.law(plane), region=region)
    np.testing.assert_allclose(found.x.sum(1), 1)
    best = np.linalg.det(np.eye(3) / 3)
    ours = np.linalg.det(found.x.T @ (found.share[:, None] * found.x))
    assert (ours / best) ** (1 / 3) > 0.995
    assert set(found.x[found.share > 0.3].argmax(1)) == {0, 1, 2}
    assert "where a + b + c = 1" in sf.identify(plane, region=region).headline()


def test_a_condition_and_a_fixed_input_are_kept():
    region = Region(
        range={"a": (0, 1), "b": (0, 1)}, fixed={"c": 0.5}, require=("a + b <= 1",)
    )
    found = sf.design(sf.law(plane, fixed=["w"]), region=region, size=4)
    assert (found.x[:, 2] == 0.5).all()
    assert (found.x[:, :2].sum(1) <= 1 + 1e-9).all()
    lost = sf.identify(lambda a, b, c, u=1.0, v=1.0: u * a + v * b * c, region=region)
    assert lost.whole
    assert not sf.identify(lambda a, c, u=1.0, v=1.0: u * a + v * a * c,
                           region=Region(fixed={"c": 0.5})).whole  # fmt: skip


def test_the_first_batches_serve_best(fit):
    found = sf.design(fit, size=6, batches=3)
    rows = np.array(found.batches)
    assert rows.sum(1).tolist() == [2, 2, 2]
    assert tuple(rows.sum(0)) == found.rows

    def gain(batches):
        j = sf.jacobian(fit.law, np.repeat(found.x, batches.sum(0), axis=0))
        own = sf.jacobian(fit.law, fit.data.x)
        return np.linalg.slogdet(own.T @ own + j.T @ j)[1]

    first = gain(rows[:1])
    assert all(first >= gain(rows[[k]]) - 1e-9 for k in (1, 2))
    assert gain(rows[:2]) >= gain(rows[1:]) - 1e-9


@pytest.fixture(scope="module")
def fit():
    return fit_law(sf.law(michaelis, ["conc"]), treated, "rate")


def test_the_published_table_is_not_the_best_design(fit):
    ranges, law = {"conc": (0.02, 1.1)}, fit.law
    ours = information(law, fit.data.x, np.full(12, 1 / 12))
    best = sf.design(law, region=Region(range=ranges))
    ratio = np.linalg.det(ours) / np.linalg.det(information(law, best.x, best.share))
    assert ratio**0.5 == pytest.approx(0.769, abs=1e-3)
    own = sf.design(law, region=Region(range=ranges), criterion="km")
    variance = [
        np.linalg.inv(ours)[1, 1],
        np.linalg.inv(information(law, best.x, best.share))[1, 1],
        (own.errors["km"] * fit["km"].value) ** 2,
    ]
    np.testing.assert_allclose(variance, [6.88e-6, 4.56e-6, 3.87e-6], rtol=2e-3)
    np.testing.assert_allclose(own.x.ravel(), [0.0412, 1.1], atol=2e-3)
    np.testing.assert_allclose(own.share, [0.707, 0.293], atol=4e-3)


def test_simulated_tables_spread_as_the_linear_theory_says_where_it_holds(fit):
    drawn = bootstrapped(fit, 200, jax.random.key(1))
    assert drawn.shape == (200, 2)
    errors = np.array([each.error for each in fit.estimates])
    np.testing.assert_allclose(drawn.std(0) / errors, 1, atol=0.25)
    correlation = np.corrcoef(drawn.T)[0, 1]
    assert correlation == pytest.approx(fit.correlations[0, 1], abs=0.15)


def test_a_robust_design_hedges(fit):
    narrow = sf.design(fit, size=6)
    robust = sf.design(fit, size=6, robust=True)
    assert robust.robust
    assert sum(robust.rows) == sum(narrow.rows) == 6
    with pytest.raises(ValueError, match="robust needs the uncertainty of a fit"):
        sf.design(fit.law, robust=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 0}, "size is 0; expected at least 1"),
        ({"criterion": "E"}, "criterion is 'E'; expected D, A, I or a parameter"),
        ({"size": 2, "batches": 3}, "batches is 3; expected at least 1, and at most"),
        ({"batches": 2}, "at most the size of the design, which is not given"),
        ({"region": Region(step={"t": 0.0})}, "step of 't' is 0; expected a finite"),
        ({"pool": np.ones((3, 2))}, r"pool has shape \(3, 2\); expected finite"),
        ({"pool": np.ones((3, 1)), "cost": -np.ones(3)}, "expected one positive"),
        ({"pool": np.ones((3, 1)), "region": Region()}, "region and pool are both"),
        ({"region": Region(range={"x": (0.0, 1.0)})}, "range names 'x', which is no"),
    ],
)
def test_wrong_arguments_of_a_design(options, said):
    with pytest.raises(ValueError, match=said):
        sf.design(sf.law(decay), **options)


@pytest.mark.parametrize("options", [{}, {"size": 2}, {"criterion": "I"}])
def test_what_no_design_determines_is_said(options):
    law = sf.law(lambda x, a=1.0, b=2.0: a * b * x)
    with pytest.raises(ValueError, match="the candidates see 1 of 2 directions"):
        sf.design(law, **options)
    with pytest.raises(ValueError, match="no design determines this parameter"):
        sf.design(law, criterion="a")


def test_one_parameter_is_measured_at_one_place():
    law = sf.law(michaelis, ["conc"], fixed=["vmax"])
    region = Region(range={"conc": (0.02, 1.1)}, require=("conc <= 1",))
    best = sf.design(law, region=region)
    np.testing.assert_allclose(best.x, [[0.1]], rtol=0.02)  # at km
    assert best.share.tolist() == [1.0]
    assert best.efficiency == 1.0


def test_conditions_and_steps_leave_as_few_places_as_ranges():
    """A design has at most p (p + 1) / 2 places; neighbours of one are joined."""
    law = sf.law(inhibited)
    plain = Region(range={"s": (0.1, 10.0), "i": (0.0, 5.0)})
    closed = [(10, 0), (1.153846, 0), (5.25, 5)]
    for region in (
        dataclasses.replace(plain, require=("s + i <= 100",)),
        dataclasses.replace(plain, step={"i": 1.0}),
    ):
        best = sf.design(law, region=region)
        assert len(best.x) == 3
        ours = np.linalg.det(information(law, best.x, best.share))
        known = np.linalg.det(information(law, closed, np.full(3, 1 / 3)))
        assert (ours / known) ** (1 / 3) > 0.995
