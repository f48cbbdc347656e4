"""The rank by the method that suits the model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice.models import DeepNetwork, MatrixProduct, Points, RealSpace, TwoLayer
from suffice.tangent import jacobian, tangent_rank

KEY = jax.random.key(0)


def test_jacobian_rows_are_gradients_by_finite_differences():
    model = TwoLayer.normal(2, 3, key=KEY, outputs=2, bias=True, output_bias=True)
    x = np.random.default_rng(0).normal(size=(4, 3))
    rows = jacobian(model, x)
    assert rows.shape == (8, 2 * 3 + 4 + 2 + 2)
    from suffice._core import ravel

    theta, at = ravel(model)
    for j in (0, 7, 11, 13):
        step = jnp.zeros_like(theta).at[j].set(1e-6)
        up, down = (jax.vmap(at(theta + s * step))(x) for s in (1, -1))
        np.testing.assert_allclose(
            rows[:, j], np.ravel((up - down) / 2e-6), rtol=1e-6, atol=1e-8
        )


def test_structure_decides_and_singular_values_stand_beside_it():
    rank = tangent_rank(TwoLayer.normal(3, 4, key=KEY, activation="relu"))
    assert (rank.value, rank.status, rank.method) == (12, "exact", "structure")
    assert rank.lower == rank.upper == 12
    assert rank.gap > 1e4


def test_a_wide_network_is_decided_without_samples():
    rank = tangent_rank(TwoLayer.normal(300, 4, key=KEY))
    assert (rank.value, rank.samples) == (1500, None)


def test_the_same_answer_on_every_call():
    model = DeepNetwork.normal((2, 3, 3, 1), key=KEY)
    one, two = tangent_rank(model), tangent_rank(model)
    assert one.last_kept == two.last_kept


def test_balls_decide_where_float64_cannot():
    """A line and twice eight neurons: singular values fall below rounding."""
    model = DeepNetwork.normal((1, 8, 8, 1), 1.0, key=KEY, activation="softplus")
    rank = tangent_rank(model)
    assert (rank.value, rank.status) == (97, "exact")
    assert "ball" in rank.method


def test_rational_arithmetic_decides_a_nearly_singular_product():
    tiny = jnp.diag(jnp.array([1.0, 2.0**-45, 2.0**-60]))
    model = MatrixProduct((tiny, jnp.eye(3)))
    assert tangent_rank(model).value == 9


def test_a_restricted_domain_lowers_the_rank():
    model = TwoLayer.normal(3, 3, key=KEY)
    line = np.outer(np.linspace(-3, 3, 40), [1.0, 0.5, -2.0])
    rank = tangent_rank(model, domain=Points(line))
    assert rank.value == 6
    assert "40 inputs" in rank.domain


def test_a_plain_function_with_a_pytree():
    def model(params, x):
        return params["a"] @ jnp.tanh(params["w"] @ x)

    params = {"a": jnp.ones(2), "w": jnp.array([[1.0, 2.0], [0.5, -1.0]])}
    rank = tangent_rank(jax.tree_util.Partial(model, params), domain=RealSpace(2))
    assert (rank.value, rank.status) == (6, "measured")


def test_single_precision_is_refused():
    model = TwoLayer.normal(2, 2, key=KEY)
    with jax.enable_x64(False), pytest.raises(ValueError, match="float32 mode"):
        jacobian(model, np.ones((3, 2)))


def test_the_result_prints_and_serialises():
    import json

    rank = tangent_rank(TwoLayer.normal(2, 2, key=KEY))
    assert str(rank).startswith("The rank is 6 of 6 parameters (exact, by structure).")
    assert json.loads(rank.to_json())["gap"] == "inf"
    assert "<table>" in rank._repr_html_()


def test_an_operation_without_exact_rules_has_bounds():
    def sorted_law(p, x):
        powers = p * x[0] ** jnp.arange(1, 4) * jnp.array([1.0, 1.0, 1e-13])
        return jnp.sort(powers)[0] + jnp.sort(powers)[2]

    model = Partial(sorted_law, jnp.array([1.0, 2.0, 0.5]))
    points = Points(np.array([[1.0], [1.0 + 1e-9], [1.0 + 2e-9]]))
    rank = tangent_rank(model, domain=points)
    assert (rank.status, rank.lower, rank.upper) == ("at least", 2, 3)
