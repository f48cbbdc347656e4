"""Sizes that rounded products would get wrong: decided from the factors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import (
    Attention,
    Diagonal,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
    TwoLayer,
)
from suffice.reduction import reduce
from suffice.samples import guarantee, optimistic_sample_size
from suffice.tangent import tangent_rank

KEY = jax.random.key(0)
NEARLY = [
    [1.7187502421438694, -1.7187502421438694, -0.687500037252903],
    [-1.7187501210719347, 1.7187501210719347, 0.6875000186264515],
]


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (Diagonal(jnp.full((1200, 10), 0.3)), 10),
        (Diagonal(jnp.full((40, 4), 2.0**300).at[3].set(0.0)), 0),
        (SquareDifference(jnp.array([1e-200, 1.0]), jnp.array([0.0, 1.0])), 1),
        (SquareDifference(jnp.array([1.0]), jnp.array([1.0 - 2.0**-53])), 1),
        (SymmetricProduct(jnp.array(NEARLY)), 3),
        (SymmetricProduct(1e-156 * jnp.array([[1.3], [-8.5]])), 2),
        (MatrixProduct((1e-200 * jnp.eye(3)[:, :2], 1e-200 * jnp.eye(3)[:2])), 8),
    ],
    ids=str,
)
def test_of_products_that_round_underflow_or_overflow(target, value):
    size = optimistic_sample_size(target)
    assert (size.value, size.status) == (value, "exact")
    assert tangent_rank(reduce(target).model).value == value


def test_a_reduction_keeps_the_directions_that_the_product_rounds_away():
    """A third column and row make the factors wider than the rank, which is 2."""
    e, two = np.eye(5), 2.0**-47
    left = np.outer([1, 2, 3, 4, 5], e[0]) + two * np.outer([1, -1, 2, 0, 3], e[1])
    right = np.outer(e[0], [1, 2, 3, 4, 5]) + two * np.outer(e[1], [2, 1, 0, 1, 3])
    target = MatrixProduct((jnp.asarray(left), jnp.asarray(right)))
    size = optimistic_sample_size(target)
    assert (size.value, size.status) == (16, "exact")
    assert size.note is not None
    assert "shows rank 1" in size.note
    small = reduce(target)
    assert small.widths == (2,)
    assert tangent_rank(small.model).value == 16
    np.testing.assert_allclose(small.model.product(), target.product(), rtol=1e-14)
    assert reduce(target, tolerance=1e-9).widths == (1,)


@pytest.mark.slow
def test_heads_of_an_attention_layer():
    target = Attention.normal(3, 2, key=KEY, key_dim=2, value_dim=1)
    tiny = Attention(1e-200 * target.q, 1e-200 * target.k, target.v, target.o, 2)
    sizes = [optimistic_sample_size(layer) for layer in (target, tiny)]
    assert sizes[0].value == sizes[1].value == 2 * (6 - 2) + 1 * (6 - 1)
    assert sizes[0].status == sizes[1].status == "exact for almost every target"


@pytest.mark.parametrize("scale", [1e-300, 1e200])
def test_a_size_does_not_depend_on_the_unit_of_the_output(scale):
    target = TwoLayer.normal(2, 3, key=KEY)
    scaled = TwoLayer(target.w, scale * target.a)
    size = optimistic_sample_size(scaled)
    assert (size.value, size.status) == (8, "exact")
    x = np.random.default_rng(0).normal(size=(9, 3))
    assert guarantee(scaled, x).holds
    few = guarantee(scaled, x[:7])
    assert (few.holds, few.rank_s, few.rank) == (False, 7, 8)


@pytest.mark.parametrize("scale", [1e-12, 1e-200])
def test_a_matrix_of_small_numbers_is_not_symmetric_for_that(scale):
    model = SymmetricProduct(jnp.ones((2, 2)))
    with pytest.raises(ValueError, match="not symmetric"):
        optimistic_sample_size(scale * np.array([[1.0, 2.0], [0.0, 1.0]]), model=model)


def test_constants_that_underflow_are_one_function_and_leave_an_upper_bound():
    # exp(-b^2) of both is far below the smallest number, and not zero: the size is 5.
    w, b = (
        jnp.zeros((3, 2)).at[2].set(jnp.array([1e83, 2e82])),
        jnp.array([3e89, 9e89, 0]),
    )
    model = TwoLayer(w, jnp.array([1.0, 2.0, 3.0]), b, None, "gaussian")
    size = optimistic_sample_size(model)
    assert size.status == "upper bound"
