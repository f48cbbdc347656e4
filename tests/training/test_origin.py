"""The escape from the origin."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from suffice._core import ravel
from suffice.models import DeepNetwork, MatrixProduct, SymmetricProduct, TwoLayer
from suffice.training import ensemble, escape, imbalance, limit_start, member

X = np.linspace(-2, 2, 6)[:, None]
Y = np.tanh(X[:, 0] + 1)
ENTRIES = np.argwhere(np.ones((3, 4)))[[0, 1, 2, 5, 6, 7, 8, 11]]
VALUES = np.arange(1.0, 9.0)


class Wrapped(eqx.Module):
    """The same function as its content, of a form that is not known."""

    content: TwoLayer | MatrixProduct

    def __call__(self, x):
        return self.content(x)


def networks(key, scale, **options):
    options = {"bias": True} | options
    return ensemble(TwoLayer.normal(3, 1, key=key, **options), 4, scale=scale, key=key)


def products(key, scale, width=2):
    template = MatrixProduct.normal((3, width, 4), key=key)
    return ensemble(template, 4, scale=scale, key=key)


def vectors(models, runs=4):
    return np.stack([ravel(member(models, i))[0] for i in range(runs)])


@eqx.filter_jit
def hessian(model, x, y):
    theta, at = ravel(model)

    def loss(vector):
        error = jax.vmap(at(vector))(x).reshape(len(x), -1) - y.reshape(len(x), -1)
        return 0.5 * jnp.sum(error**2)

    return jax.hessian(loss)(jnp.zeros_like(theta))


def exact(model, x, y, time):
    """The linear flow at the origin by the matrix exponential."""
    matrix = np.asarray(hessian(model, x, y))
    return expm(-time * matrix) @ np.asarray(ravel(model)[0])


CASES = [
    (lambda key, scale: networks(key, scale), X, Y),
    (
        lambda key, scale: networks(key, scale, outputs=2),
        X,
        np.stack([Y, Y**2], axis=1),
    ),
    (products, ENTRIES, VALUES),
    (lambda key, scale: Wrapped(products(key, scale)), ENTRIES, VALUES),
]


@pytest.mark.parametrize(("draw", "x", "y"), CASES, ids=["one", "two", "AB", "any"])
def test_the_escape_is_the_linear_flow(key, draw, x, y):
    models = draw(key, 1e-4)
    found = escape(models, x, y, until=1e-2)
    assert found.moved.all()
    moved = vectors(found.models)
    for i in range(4):
        twin = exact(member(models, i), x, y, found.time[i])
        np.testing.assert_allclose(moved[i], twin, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1e-20, 1e-100, 1e-280])
def test_no_digit_is_lost_at_any_scale(key, scale):
    start = networks(key, scale)
    found = escape(start, X, Y, until=1e-2)
    np.testing.assert_allclose(
        imbalance(found.models, X, Y).direction,
        imbalance(start, X, Y).direction,
        rtol=1e-12,
    )
    one = escape(networks(key, 1.0), X, Y, until=1e40).time
    late = (np.log(1e-2 / 1e40) - np.log(scale)) / found.rate
    np.testing.assert_allclose(found.time, one + late, rtol=1e-12)


@eqx.filter_jit
def midpoint_flow(model, time, steps=20_000):
    theta, at = ravel(model)
    h = time / steps

    def force(vector):
        return -jax.grad(lambda v: 0.5 * jnp.sum((jax.vmap(at(v))(X) - Y) ** 2))(vector)

    def step(_, vector):
        return vector + h * force(vector + h / 2 * force(vector))

    return jax.lax.fori_loop(0, steps, step, theta)


def test_it_is_where_gradient_flow_goes(key):
    """Against many small steps, with an error that falls as the square of `until`."""
    start = networks(key, 1e-6)
    error = []
    for until in (3e-2, 1e-2):
        found = escape(start, X, Y, until=until)
        end = midpoint_flow(member(start, 0), found.time[0])
        moved = vectors(found.models)[0]
        error.append(np.linalg.norm(moved - end) / until)
    assert error[0] < 3e-2
    assert error[0] / error[1] == pytest.approx(9, rel=0.2)


def test_only_small_members_with_a_growing_part_move(key):
    models = networks(key, 1e-9)
    scales = np.array([1.0, 1e9, 0.0, 1.0])
    models = jax.tree.map(
        lambda leaf: leaf * scales.reshape(-1, *[1] * (leaf.ndim - 1)), models
    )
    found = escape(models, X, Y, until=1e-3)
    np.testing.assert_array_equal(found.moved, [True, False, False, True])
    before, after = vectors(models), vectors(found.models)
    np.testing.assert_array_equal(before[1:3], after[1:3])
    assert "2 of 4 members were moved" in found.headline()
    assert set(found.to_dict()) == {"time", "rate", "until", "source"}


def test_neutral_directions_stay_where_they_are(key):
    """Input weights orthogonal to gamma do not move in the linear phase."""
    models = networks(key, 1e-6)
    gamma = imbalance(models, X, Y).gamma
    orthogonal = np.array([-gamma[1], gamma[0]])

    def part(m):
        return np.stack([m.w[..., 0], m.b], axis=-1) @ orthogonal

    moved = escape(models, X, Y, until=1e-3).models
    np.testing.assert_allclose(part(moved), part(models), atol=1e-15)


def test_the_limit_start_is_the_formula(key):
    models = networks(key, 1e-30)
    found = imbalance(models, X, Y)
    start = limit_start(models, X, Y, delta=1e-3)
    unit = found.gamma / np.linalg.norm(found.gamma)
    a = 1e-3 / np.sqrt(2) * found.direction
    np.testing.assert_allclose(start.a, a, rtol=1e-12)
    np.testing.assert_allclose(start.w[..., 0], a * unit[0], rtol=1e-12)
    np.testing.assert_allclose(start.b, a * unit[1], rtol=1e-12)
    again = limit_start(Wrapped(models), X, Y, delta=1e-3).content
    np.testing.assert_allclose(again.w, start.w, rtol=1e-9)


def test_the_limit_start_of_a_product_is_of_rank_one(key):
    start = limit_start(products(key, 1.0), ENTRIES, VALUES, delta=1e-2)
    observed = np.zeros((3, 4))
    observed[tuple(ENTRIES.T)] = VALUES
    u, _, vt = np.linalg.svd(observed)
    for i in range(4):
        left, right = (np.asarray(factor[i]) for factor in start.factors)
        product = left @ right
        scale = product.sum() / np.outer(u[:, 0], vt[0]).sum()
        np.testing.assert_allclose(
            product, scale * np.outer(u[:, 0], vt[0]), atol=1e-18
        )
        assert np.sum(left**2) + np.sum(right**2) == pytest.approx(1e-4)


def test_finite_scales_approach_the_limit_start(key):
    limit = vectors(limit_start(networks(key, 1.0), X, Y, delta=1e-2))
    gap = [
        np.abs(vectors(escape(networks(key, s), X, Y, until=1e-2).models) - limit).max()
        for s in (1e-6, 1e-9)
    ]
    assert gap[0] / gap[1] == pytest.approx(1e3, rel=0.05)


def test_symmetric_products_go_through_their_hessian(key):
    template = SymmetricProduct.normal(3, 2, key=key)
    models = ensemble(template, 2, scale=1e-5, key=key)
    x, y = template.domain.x, np.arange(6.0)
    found = escape(models, x, y, until=1e-2)
    for i in range(2):
        twin = exact(member(models, i), x, y, found.time[i])
        np.testing.assert_allclose(vectors(found.models, 2)[i], twin, atol=1e-13)


@pytest.mark.parametrize("start", ["escape", "limit_start"])
def test_where_nothing_escapes_it_says_why(key, start):
    run = {
        "escape": lambda m, x, y: escape(m, x, y, until=1e-2),
        "limit_start": lambda m, x, y: limit_start(m, x, y, delta=1e-2),
    }[start]
    flat = DeepNetwork.normal((1, 2, 2, 1), key=key, bias=False)
    with pytest.raises(ValueError, match="second derivative of the loss vanishes"):
        run(ensemble(flat, 2, key=key), X, Y)
    drifting = DeepNetwork.normal((1, 2, 2, 1), key=key)
    with pytest.raises(ValueError, match="gradient at the origin has an entry of"):
        run(ensemble(drifting, 2, key=key), X, Y)
    large = DeepNetwork.normal((1, 30, 30, 1), key=key)
    with pytest.raises(ValueError, match="1021 parameters"):
        run(ensemble(large, 2, key=key), X, Y)


def test_bad_arguments_are_refused(key):
    models = networks(key, 1e-3)
    with pytest.raises(ValueError, match="until is 0"):
        escape(models, X, Y, until=0.0)
    with pytest.raises(ValueError, match="delta is inf"):
        limit_start(models, X, Y, delta=np.inf)
    still = jax.tree.map(lambda leaf: leaf.at[2].set(0.0), models)
    with pytest.raises(ValueError, match="member 2 has no part that grows"):
        limit_start(still, X, Y, delta=1e-3)
