"""Gauges of attention and of normalised networks, derived and verified here."""

import jax
import jax.numpy as jnp
import pytest
from slow_cases import slow

from suffice.models import Attention, RealSpace
from suffice.samples import optimistic_sample_size
from suffice.tangent import tangent_rank

pytestmark = pytest.mark.theory


@pytest.mark.parametrize(
    ("heads", "dim", "dk", "dv", "length", "rank"),
    [
        (1, 4, 2, 2, 3, 24),
        (2, 3, 1, 2, 4, 26),
        *slow((2, 4, 2, 2, 3, 48), (1, 4, 4, 4, 3, 32)),
    ],
)
def test_generic_heads(key, heads, dim, dk, dv, length, rank):
    """M - h (dk^2 + dv^2)."""
    model = Attention.normal(
        dim, length, 0.5, key=key, heads=heads, key_dim=dk, value_dim=dv
    )
    assert tangent_rank(model).value == rank
    assert optimistic_sample_size(model).value == rank


def with_ranks(key, ranks, dim=4, length=3):
    """Heads whose factors are as narrow as their ranks, padded with zeros."""
    model = Attention.normal(
        dim, length, 0.5, key=key, heads=len(ranks), key_dim=dim, value_dim=dim
    )
    keep_a = jnp.array([[i < a for i in range(dim)] for a, _ in ranks], float)
    keep_b = jnp.array([[i < b for i in range(dim)] for _, b in ranks], float)
    return Attention(
        model.q * keep_a[:, None],
        model.k * keep_a[:, None],
        model.v * keep_b[:, None],
        model.o * keep_b[..., None],
        length,
    )


@pytest.mark.parametrize(
    ("ranks", "value"),
    [
        ([(1, 1)], 14),
        ([(2, 1)], 19),
        ([(1, 3)], 22),
        ([(1, 1), (0, 0)], 14),
        *slow(([(4, 4)], 32), ([(1, 1), (2, 2)], 38), ([(0, 2)], 12)),
    ],
)
def test_heads_of_low_rank(key, ranks, value):
    model = with_ranks(key, ranks)
    assert optimistic_sample_size(model).value == value
    assert tangent_rank(model).value == value


def test_layer_normalisation_has_gauges(key):
    """a . tanh(LN(W x)): M - 1 - d, for the scale and for a row common to all."""
    dim, width = 3, 4

    def network(params, x):
        a, w = params
        z = w @ x
        z = (z - z.mean()) / jnp.sqrt(z.var())
        return a @ jnp.tanh(z)

    ka, kw = jax.random.split(key)
    a, w = jax.random.normal(ka, (width,)), jax.random.normal(kw, (width, dim))
    model = jax.tree_util.Partial(network, (a, w))
    rank = tangent_rank(model, domain=RealSpace(dim))
    assert rank.value == width * (dim + 1) - 1 - dim
