"""Candidates fill the region that the rows cover, or that the user declares."""

import hypothesis as hp
import hypothesis.strategies as st
import numpy as np
import pytest

from suffice.auditing import diabetes, magnet, Region, Table
from suffice.auditing._design._factors import lattice
from suffice.auditing._design._fill import candidates, thinned
from suffice.auditing._design._linear import conditions
from suffice.auditing._design._next import outside

RNG = np.random.default_rng(0)
BOX = RNG.uniform(0, 1, (40, 3))


def table(x, **more):
    return Table(tuple("abcdefgh"[: x.shape[1]]), "y", x, x[:, 0], (), "t", **more)


def test_dependent_columns_give_no_impossible_candidates():
    patients = diabetes()
    s1, s2, s3 = (patients.inputs.index(name) for name in ("s1", "s2", "s3"))
    assert (patients.x[:, s1] >= patients.x[:, s2] + patients.x[:, s3]).all()
    pool = candidates(patients)
    assert np.mean(pool[:, s1] >= pool[:, s2] + pool[:, s3]) >= 0.98
    assert len(pool) == 512
    assert outside(pool, patients.x) == 0


def test_candidates_keep_to_measured_values_steps_and_whole_numbers():
    patients = diabetes()
    pool = candidates(patients)
    age, sex, bmi = (patients.inputs.index(name) for name in ("age", "sex", "bmi"))
    assert (pool[:, age] == np.rint(pool[:, age])).all()
    assert set(pool[:, sex]) == {1.0, 2.0}
    np.testing.assert_allclose(pool[:, bmi] * 10, np.rint(pool[:, bmi] * 10))


def test_independent_columns_are_filled_to_their_ends():
    measured = magnet()
    pool = candidates(measured)
    assert len(np.unique(pool, axis=0)) == len(pool) == 512
    assert outside(pool, measured.x) == 0
    assert (np.ptp(pool, axis=0) > 0.95 * np.ptp(measured.x, axis=0)).all()


def test_a_band_is_not_left():
    x = RNG.uniform(0, 1, (400, 2))
    x = x[np.abs(x[:, 0] - x[:, 1]) <= 0.2][:60]
    pool = candidates(table(x))
    assert np.abs(pool[:, 0] - pool[:, 1]).max() <= 0.2 + 1e-9
    assert np.ptp(pool[:, 0] - pool[:, 1]) > 0.3


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_beyond_the_rows_along_a_dependence_and_rarely_across_it(dim):
    rng, left, further = np.random.default_rng(dim), [], []
    for sign in 4 * (1, -1):
        x = rng.uniform(-1, 1, (1000, dim))
        x = x[np.abs(x[:, 0] - sign * x[:, 1]) <= 0.4][:40]
        pool = candidates(table(x))
        left.append(np.mean(np.abs(pool[:, 0] - sign * pool[:, 1]) > 0.4))
        ends = [np.max(points[:, 0] + sign * points[:, 1]) for points in (pool, x)]
        further.append(ends[0] - ends[1])
    assert np.mean(left) < 0.01
    assert np.mean(further) > 0.03


def test_independent_inputs_reach_their_corners_beside_dependent_ones():
    x = RNG.uniform(0, 1, (400, 4))
    x = x[np.abs(x[:, 0] - x[:, 1]) <= 0.2][:60]
    pool = candidates(table(x))
    low, high = x[:, 2:].min(0), x[:, 2:].max(0)
    share = (pool[:, 2:] - low) / (high - low)
    for corner in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        assert np.abs(share - corner).max(1).min() < 0.01


def test_columns_of_which_no_row_has_two_are_one_category():
    kind = np.eye(3)[RNG.integers(3, size=30), :2]
    pool = candidates(table(np.column_stack([kind, BOX[:30]])))
    assert (pool[:, :2].sum(1) <= 1).all()
    assert len(np.unique(pool[:, :2], axis=0)) == 3


def test_a_column_that_follows_from_the_others_keeps_its_ends():
    shares = RNG.dirichlet(np.ones(3), 40)
    rest = {"rest": np.array([-1.0, -1.0, 1.0])}  # 1 - a - b
    pool = candidates(table(shares[:, :2], dropped=rest))
    left = 1 - pool.sum(1)
    assert left.min() >= shares[:, 2].min() - 1e-9
    assert left.max() <= shares[:, 2].max() + 1e-9


def test_a_column_that_follows_from_declared_ones_keeps_its_ends_unless_declared():
    shares = RNG.dirichlet(np.ones(3), 40)
    mixed = table(shares[:, :2], dropped={"rest": np.array([-1.0, -1.0, 1.0])})
    both = {"a": (0.0, 1.0), "b": (0.0, 1.0)}
    left = 1 - candidates(mixed, Region(range=both)).sum(1)
    assert left.min() >= shares[:, 2].min() - 1e-9
    assert left.max() <= shares[:, 2].max() + 1e-9
    pool = candidates(mixed, Region(range=both | {"rest": (0.4, 0.5)}))
    assert (pool.sum(1) >= 0.5 - 1e-9).all()
    assert (pool.sum(1) <= 0.6 + 1e-9).all()


def test_a_single_column_is_enough():
    assert set(candidates(table(BOX[:, :1].round())).ravel()) == {0.0, 1.0}
    assert len(candidates(table(BOX[:, :1]))) > 100


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ([1, 5, 2], [1, 2, 5]),
        (np.arange(0, 100, 5), np.arange(0, 100, 5)),
        (np.arange(20) * 0.3 + 0.1, np.arange(20) * 0.3 + 0.1),
        (np.delete(np.arange(20) / 10, 4), np.arange(20) / 10),
        (BOX[:, 0], None),
        (np.arange(20) * 1e17, None),
    ],
)
def test_the_common_step_of_a_column(column, values):
    found = lattice(np.asarray(column, float))
    if values is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, values)


def test_a_declared_range_is_filled_beyond_what_was_measured():
    pool = candidates(table(BOX), Region(range={"a": (-1, 2)}, step={"a": 0.25}))
    assert set(pool[:, 0]) == set(np.arange(-1, 2.25, 0.25))
    assert outside(pool[:, 1:], BOX[:, 1:]) == 0


def test_a_mixture_in_steps_is_enumerated():
    shares = {name: (0.0, 1.0) for name in "abc"}
    steps = dict.fromkeys("abc", 0.1)
    region = Region(range=shares, step=steps, require=("a + b + c = 1",))
    pool = candidates(table(BOX), region)
    assert len(pool) == 66  # compositions of ten tenths into three shares
    np.testing.assert_allclose(pool.sum(1), 1.0, rtol=1e-12)


def test_a_narrow_simplex_of_many_inputs_is_filled():
    x = RNG.uniform(0, 1, (40, 8))
    region = Region(
        range={name: (0.0, 1.0) for name in "abcdefgh"},
        require=("a + b + c + d + e + f + g + h <= 1",),
    )
    pool = candidates(table(x), region)
    assert len(pool) == 512
    assert (pool.sum(1) <= 1 + 1e-9).all()
    assert (pool.max(0) == 1).all()  # its corners


def test_levels_and_fixed_values():
    pool = candidates(table(BOX), Region(levels={"a": (3, 7)}, fixed={"b": "0.5"}))
    assert set(pool[:, 0]) == {3.0, 7.0}
    assert set(pool[:, 1]) == {0.5}


NUMBER = st.integers(-3, 3)
CONDITION = st.tuples(NUMBER, NUMBER, NUMBER, st.sampled_from(["<=", ">=", "="]))
KIND = st.sampled_from(["range", "integer", "step", "levels", "fixed", "nothing"])


DECLARED = hp.given(
    found=st.lists(CONDITION, max_size=3),
    kinds=st.tuples(KIND, KIND, KIND),
    point=st.tuples(*[st.integers(0, 4)] * 3),
)


@hp.settings(max_examples=25, deadline=None, derandomize=True)
@DECLARED
def test_random_declarations_are_kept(found, kinds, point):
    check_declared(found, kinds, point)


@pytest.mark.slow
@hp.settings(max_examples=300, deadline=None, derandomize=True)
@DECLARED
def test_many_random_declarations_are_kept(found, kinds, point):
    check_declared(found, kinds, point)


def check_declared(found, kinds, point):
    """Conditions through a known point, so that the region is never empty."""
    point = np.array(point, float)
    texts, checks = [], []
    for *normal, sign in found:
        if any(normal):
            bound = float(np.dot(normal, point))
            texts.append(
                " + ".join(f"{k} {n}" for k, n in zip(normal, "abc", strict=True))
                + f" {sign} {bound}"
            )
            checks.append((np.array(normal, float), sign, bound))
    region = Region(
        range={n: (0, 4) for n, k in zip("abc", kinds, strict=True)
               if k in ("range", "integer", "step")},
        integer=tuple(n for n, k in zip("abc", kinds, strict=True) if k == "integer"),
        step={n: 0.5 for n, k in zip("abc", kinds, strict=True) if k == "step"},
        levels={n: (0, 1, 2, 3, 4) for n, k in zip("abc", kinds, strict=True)
                if k == "levels"},
        fixed={n: point[j] for j, (n, k) in enumerate(zip("abc", kinds, strict=True))
               if k == "fixed"},
        require=tuple(texts),
    )  # fmt: skip
    rows = np.concatenate([4 * BOX, np.full((1, 3), 0.0), np.full((1, 3), 4.0)])
    pool = candidates(table(rows), region)
    assert len(pool)
    assert (pool >= -1e-9).all()
    assert (pool <= 4 + 1e-9).all()
    for normal, sign, bound in checks:
        excess = pool @ normal - bound
        room = 1e-8 * (1 + np.abs(pool) @ np.abs(normal))
        assert sign == "<=" or (excess >= -room).all()
        assert sign == ">=" or (excess <= room).all()
    for j, kind in enumerate(kinds):
        if kind in ("integer", "levels"):
            assert (pool[:, j] == np.rint(pool[:, j])).all()
        if kind == "step":
            assert (2 * pool[:, j] == np.rint(2 * pool[:, j])).all()
        if kind == "fixed":
            assert (pool[:, j] == point[j]).all()


COLUMNS = {
    "a": np.array([1.0, 0, 0]), "b": np.array([0, 1.0, 0]),
    "Sepal.Length": np.array([1.0, 0, 0]), "flow rate": np.array([0, 1.0, 0]),
    "rest": np.array([-1.0, -1.0, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "normal", "bound", "equal"),
    [
        ("a + b <= 1", [1, 1], 1, False),
        ("2a - 0.5 * b >= 3 - a", [-3, 0.5], -3, False),
        ("a = b", [1, -1], 0, True),
        ("-(a - 2 (b + 1)) / 2 < 1e1", [-0.5, 1], 9, False),
        ("Sepal.Length + 2 flow rate == .5", [1, 2], 0.5, True),
        ("'flow rate' <= `a`", [-1, 1], 0, False),
        ("rest >= 0", [1, 1], 1, False),
    ],
)
def test_conditions_are_read(text, normal, bound, equal):
    (found,) = conditions(text, COLUMNS)
    np.testing.assert_allclose(found.normal, normal)
    assert found.bound == pytest.approx(bound)
    assert found.equal == equal


def test_a_chain_is_two_conditions():
    low, high = conditions("0 <= a + b <= 1", COLUMNS)
    np.testing.assert_allclose([low.normal, high.normal], [[-1, -1], [1, 1]])
    assert (low.bound, high.bound) == (0, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a + b", "none of the signs"),
        ("a * b <= 1", "multiplies inputs"),
        ("1 / a <= 1", "divides by something else"),
        ("a / 0 <= 1", "divides by something else"),
        ("a + c <= 1", "'c' is no input"),
        ("a + <= 1", "one side cannot be read"),
        ("(a + b <= 1", "a bracket is not closed"),
        ("1 <= 2", "no input is left"),
        ("a <= 1; import os", "cannot be read"),
        ("__import__('os') <= 1", "is no input"),
        ("", "none of the signs"),
    ],
)
def test_what_is_no_linear_condition_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        conditions(text, COLUMNS)


@pytest.mark.parametrize(
    ("region", "why"),
    [
        (Region(range={"z": (0, 1)}), "range names 'z', which is no input"),
        (Region(range={"a": (1, 0)}), "range of 'a' is 1 to 0"),
        (Region(range={"a": (0, np.inf)}), "range of 'a' is 0 to inf"),
        (Region(step={"a": 0.0}), "step of 'a' is 0"),
        (Region(range={"a": (0.1, 0.2)}, integer=("a",)), "has no value between"),
        (Region(range={"a": (0, 1)}, step={"a": 1e-9}), "more than 100000 values"),
        (Region(fixed={"a": "red"}), "fixed of 'a' is 'red'"),
        (Region(levels={"a": ("1", "x")}), "levels of 'a' is 'x'"),
        (Region(levels={"a": ()}), "levels of 'a' are none"),
        (Region(fixed={"a": 30}, range={"a": (0, 1)}), "range and fixed both name 'a'"),
        (Region(levels={"a": (0.5,)}, integer=("a",)), "integer and levels both name"),
        (Region(levels={"a": (1,)}, fixed={"a": 2}), "levels and fixed both name 'a'"),
        (Region(require=("a <= 0.1", "a >= 0.9")), "cannot hold together"),
        (
            Region(levels={"a": (0, 1), "b": (0, 1)}, require=("2 a + 2 b = 1",)),
            "no allowed value",
        ),
        (Region(integer=("rest",)), "follows from the other inputs"),
        (Region(range={"same": (0, 1)}), "'same' is 5 in every row"),
    ],
)
def test_an_impossible_region_is_refused(region, why):
    dropped = {"rest": np.array([-1.0, -1, 0, 1]), "same": np.array([0.0, 0, 0, 5])}
    with pytest.raises(ValueError, match=why):
        candidates(table(BOX, dropped=dropped), region)


def test_thinning_keeps_what_is_far_apart():
    points = np.concatenate([np.zeros((50, 1)) + 1e-6 * BOX[:1, :1], [[1.0], [2.0]]])
    assert {1.0, 2.0} <= set(thinned(points, 3).ravel())
