"""The flow of factors against its slow twin."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.completion import (
    closure,
    factorisation_flow,
    minimum_nuclear_norm,
    predict_bias,
    traversal,
)
from suffice.completion._dynamics._invariants import descent_drift, imbalances
from suffice.completion._dynamics._product_spectrum import product_singular_values
from suffice.completion._fit._fit_rank import fit_rank


def rank_three():
    """A 4 x 4 matrix with singular values 8, 4, 2."""
    rng = np.random.default_rng(11)
    u = np.linalg.qr(rng.standard_normal((4, 3)))[0]
    v = np.linalg.qr(rng.standard_normal((4, 3)))[0]
    return u * [8.0, 4.0, 2.0] @ v.T


def one_missing():
    masks = np.ones((16, 4, 4), bool)
    masks[np.arange(16), np.arange(16) // 4, np.arange(16) % 4] = False
    return masks


@pytest.fixture(scope="module")
def sixteen():
    target = rank_three()
    values = np.broadcast_to(target, (16, 4, 4)).copy()
    return target, factorisation_flow(values, one_missing(), scales=(1e-2, 1e-4, 1e-8))


@pytest.mark.theory
def test_one_missing_entry_is_recovered_from_small_initialisation(sixteen):
    """2405.13721, figure 3: rank 4 becomes rank 3 as the initialisation shrinks."""
    target, flow = sixteen
    assert flow.converged.all()
    assert (flow.rank[:, 2, 0] == 3).all()
    error = np.abs(flow.values - target).max(axis=(-2, -1))
    assert (error[:, 2, 0] < 1e-3).all()
    assert (flow.rank[:, 0, 0] == 4).sum() >= 4  # negative control: 1e-2 is not small
    assert (error[:, 0, 0] > 1e-3).sum() >= 4
    assert "48 of 48 runs fitted" in flow.headline()


def test_where_gradient_descent_succeeds_the_nuclear_norm_fails():
    target = rank_three()
    values = np.broadcast_to(target, (16, 4, 4)).copy()
    norms = minimum_nuclear_norm(values, one_missing()).upper
    assert (norms < 14 - 1e-3).sum() == 9
    assert norms.min() == pytest.approx(11.88, abs=0.01)


def test_the_flow_ends_where_plain_gradient_descent_ends():
    target, mask = rank_three(), one_missing()[5]
    rng = np.random.default_rng(3)
    a, b = 1e-4 * rng.standard_normal((4, 4)), 1e-4 * rng.standard_normal((4, 4))
    flow = factorisation_flow(target, mask, scales=(1.0,), initial=(a, b), rtol=1e-3)

    def step(_, factors):
        a, b = factors
        r = jnp.where(mask, a @ b - target, 0.0)
        return a - 0.005 * r @ b.T, b - 0.005 * a.T @ r

    a, b = jax.jit(lambda a, b: jax.lax.fori_loop(0, 100_000, step, (a, b)))(a, b)
    assert np.abs(flow.values[0, 0] - a @ b).max() < 3e-3


@pytest.mark.theory
def test_a_step_of_descent_changes_the_imbalance_by_the_formula():
    rng = np.random.default_rng(0)
    a, b, m = (rng.standard_normal((5, 5)) for _ in range(3))
    r = np.where(rng.random((5, 5)) < 0.6, a @ b - m, 0.0)
    rate = 0.03
    before = imbalances(np.concatenate([a, b.T]), 5)
    moved = a - rate * r @ b.T, b - rate * a.T @ r
    after = imbalances(np.concatenate([moved[0], moved[1].T]), 5)
    np.testing.assert_allclose(after - before, descent_drift(a, b, r, rate), atol=1e-12)


BLOCKS = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]], bool)


@pytest.fixture(scope="module")
def wide():
    """Width 20 on two components, more columns than rows and columns together."""
    options = {"width": 20, "scales": (1e-1,), "record": True}
    return [
        factorisation_flow(rank_three(), BLOCKS, rtol=rtol, **options)
        for rtol in (1e-3, 1e-4)
    ]


@pytest.mark.theory
@pytest.mark.slow
def test_the_row_space_of_the_factors_is_kept(wide):
    """2405.13721, invariant manifolds: row([A; B^T]) never changes."""
    assert wide[0].path.leak().max() < 1e-12
    assert wide[0].path.singular_values("both").shape[-1] == 8


@pytest.mark.theory
def test_the_imbalance_of_every_component_is_kept(wide):
    """To the order of the integrator: steps are as long as the root of rtol."""
    first, second = np.array([0, 1]), np.array([2, 3])
    for part in ((None, None), (first, np.arange(3)), (second, np.array([3]))):
        coarse, fine = (flow.path.drift(*part).max() for flow in wide)
        assert coarse < 1e-4
        assert 5 < coarse / fine < 20
    mixed = wide[0].path.drift(first, np.array([3])).max()
    assert mixed > 1e-2  # not a component: not conserved


def test_rotating_the_gauge_changes_nothing_but_digits():
    target, mask = rank_three(), one_missing()[3]
    plain = factorisation_flow(target, mask, scales=(1e-3,), rotation=False)
    turned = factorisation_flow(target, mask, scales=(1e-3,), rotation=True)
    np.testing.assert_allclose(plain.values, turned.values, atol=1e-9)
    np.testing.assert_allclose(plain.left, turned.left, atol=1e-8)


@pytest.mark.slow
def test_the_rotated_gauge_keeps_directions_of_1e_40():
    target, mask = rank_three(), one_missing()[3]
    deep = factorisation_flow(target, mask, scales=(1e-10, 1e-40), record=True)
    assert (deep.rank == 3).all()
    s = deep.singular_values[:, 0]
    assert s[1, 3] / s[1, 0] < 1e-30
    assert s[1, 3] > 0
    ideal = deep.rank_gap_exponent()[0]
    assert 1.0 < ideal < 2.2
    levels = traversal(deep, target, mask)
    assert [level.rank for level in levels.levels] == [1, 2]
    assert levels.reached
    for level in levels.levels:  # the saddles themselves, to five digits
        assert level.loss == pytest.approx(level.best, rel=1e-4)


def test_plateaus_are_the_best_matrices_of_their_rank():
    """2405.13721, figure 3(d); the losses are those of greedy learning."""
    target, mask = rank_three(), one_missing()[5]
    flow = factorisation_flow(target, mask, scales=(1e-8,), record=True)
    levels = traversal(flow, target, mask).levels
    assert [level.loss for level in levels] == pytest.approx([9.4712, 1.7527], rel=5e-3)
    assert [level.best for level in levels] == pytest.approx([9.47121, 1.74755])


def test_small_singular_values_of_a_graded_product_have_digits():
    rng = np.random.default_rng(0)
    sizes = np.array([1.0, 1e-12, 1e-25])
    left = np.linalg.qr(rng.standard_normal((5, 3)))[0] * sizes
    right = sizes[:, None] * np.linalg.qr(rng.standard_normal((6, 3)))[0].T
    s = product_singular_values(left[None], right[None])[0]
    np.testing.assert_allclose(s, sizes**2, rtol=1e-6)


@pytest.mark.theory
@pytest.mark.slow
def test_directions_between_components_are_uniform_and_predicted():
    """The cosine of two components' leading directions, from the initial factors."""
    p, seeds, std = 4, 400, 1e-6
    mask, target = np.eye(2, dtype=bool), np.diag([2.0, 1.0])
    flow = factorisation_flow(
        target, mask, width=p, scales=(std,), seeds=seeds, record=True
    )
    w = flow.values[0]
    scale = np.sqrt(np.abs(w[:, 0, 0] * w[:, 1, 1]))
    cosine = w[:, 0, 1] / scale
    np.testing.assert_allclose(w[:, 0, 1], w[:, 1, 0], atol=1e-9)
    z0 = flow.path.z[0, 0]
    q = z0[:, :2] + z0[:, 2:]  # A_c(0)^T u + B_c(0) v with u = v = 1
    q /= np.linalg.norm(q, axis=-1, keepdims=True)
    predicted = np.sum(q[:, 0] * q[:, 1], axis=-1)
    assert np.abs(cosine - predicted).max() < 1e-3
    square = cosine**2
    error = square.std() / np.sqrt(seeds)
    assert abs(square.mean() - predict_bias(mask, width=p).alignment) < 3 * error


@pytest.mark.slow
def test_more_seeds_change_no_earlier_one():
    target, mask = rank_three(), one_missing()[5]
    few = factorisation_flow(target, mask, scales=(1e-3,), seeds=1)
    many = factorisation_flow(target, mask, scales=(1e-3,), seeds=3)
    np.testing.assert_allclose(many.values[:, :1], few.values, atol=1e-12)


def test_fixed_rank_least_squares_finds_the_best_rank_one():
    rng = np.random.default_rng(0)
    full = rng.standard_normal((6, 5))
    u, s, vt = np.linalg.svd(full)
    fit = fit_rank(full, rank=1)
    np.testing.assert_allclose(
        fit.product(), s[0] * np.outer(u[:, 0], vt[0]), atol=1e-5
    )
    assert fit.loss == pytest.approx((s[1:] ** 2).sum() / 2)
    shrunk = fit_rank(full, rank=5, ridge=0.5).product()
    np.testing.assert_allclose(
        shrunk, u[:, :5] * np.maximum(s - 0.5, 0) @ vt, atol=1e-4
    )


def test_a_full_block_grows_to_the_completion():
    """82 entries for 76 unknowns: random starts end in local minima."""
    rng = np.random.default_rng(0)
    full = rng.standard_normal((20, 2)) @ rng.standard_normal((2, 20))
    known = rng.random((20, 20)) < 0.22
    fit = fit_rank(full, known, rank=2, starts=2)
    assert fit.fitted
    assert fit.objective[0] > 1e-2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mask": np.ones((4, 4))}, "type float64"),
        ({"mask": np.ones((3, 4), bool)}, r"mask has shape \(3, 4\)"),
        ({"mask": np.zeros((4, 4), bool)}, "observes no entry"),
        (
            {"values": np.full((4, 4), np.nan)},
            "16 observed entries that are not finite",
        ),
        ({"scales": (1e-3, -1.0)}, "expected finite numbers > 0"),
        ({"seeds": 0}, "seeds is 0"),
        ({"initial": (np.ones((4, 2)), np.ones((4, 4)))}, r"shapes \(4, 2\)"),
    ],
)
def test_bad_problems_are_refused(change, message):
    arguments = {"mask": np.ones((4, 4), bool), "values": np.eye(4)} | change
    with pytest.raises(ValueError, match=message):
        factorisation_flow(**arguments)


def test_what_falls_apart_under_peeling_is_fitted_exactly():
    """Without a core the entries are equations that can be met one after the other."""
    rng, apart = np.random.default_rng(3), 0
    for _ in range(40):
        matrix = rng.standard_normal((9, 2)) @ rng.standard_normal((2, 8))
        seen = rng.random((9, 8)) < rng.uniform(0.25, 0.45)
        if closure(seen, 2).core == (0, 0):
            apart += 1
            assert fit_rank(np.where(seen, matrix, np.nan), rank=2).fitted
    assert apart > 10
