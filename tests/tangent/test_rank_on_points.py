"""The rank of a ReLU network on given inputs, against rational arithmetic."""

import flint
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rectified import network

from suffice.models import (
    DeepNetwork,
    Points,
    Sphere,
    TwoLayer,
)
from suffice.tangent import tangent_rank


def brute_force_rank(model, x):
    """The rank over the rational numbers of tangent functions in difference quotients.

    Weights and inputs are small integers over 8, so that central differences with a
    step of 2^-20 are exact wherever no kink lies within the step.
    """
    leaves, tree = jax.tree.flatten(model)
    flat = np.concatenate([np.ravel(leaf) for leaf in leaves])
    cuts = np.cumsum([leaf.size for leaf in leaves])[:-1]

    def at(theta):
        parts = np.split(theta, cuts)
        shaped = [p.reshape(v.shape) for p, v in zip(parts, leaves, strict=True)]
        return jax.vmap(jax.tree.unflatten(tree, list(map(jnp.asarray, shaped))))(x)

    step = 2.0**-20 * np.eye(len(flat))
    columns = [np.ravel(at(flat + s) - at(flat - s)) * 2**19 for s in step]
    rows = np.array(columns).T * 2.0**40
    assert (rows == np.round(rows)).all()
    return flint.fmpz_mat([[int(v) for v in row] for row in rows]).rank()


@pytest.mark.parametrize("widths", [(2, 3, 1), (2, 3, 3, 2)])
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_the_rank_on_samples_is_exact(widths, seed):
    model = network(widths, seed)
    x = np.random.default_rng(seed).integers(-40, 41, (12, 2)) / 8 + 1 / 64
    x = np.concatenate([x, x[:3], -x[:2]])
    rank = tangent_rank(model, domain=Points(x))
    assert (rank.status, rank.value) == ("exact", brute_force_rank(model, x))


def test_samples_on_a_kink_give_bounds():
    """`relu(x - 1)` at 0, 1, 2: the input 1 has no derivative."""
    model = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), -jnp.ones(1), None, "relu")
    rank = tangent_rank(model, domain=Points(np.asarray([[0.0], [1.0], [2.0]])))
    assert (rank.status, rank.lower, rank.upper) == ("at least", 1, 2)
    assert "1 of 3 distinct inputs lie exactly on a kink" in rank.note
    rest = tangent_rank(model, domain=Points(np.asarray([[0.0], [2.0]])))
    assert (rest.status, rest.value) == ("exact", 1)
    # Without a bias the input 0 is harmless: every network is 0 there.
    plain = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), None, None, "relu")
    rank = tangent_rank(plain, domain=Points(np.asarray([[0.0], [2.0]])))
    assert (rank.status, rank.value) == ("exact", 1)


def test_the_rank_of_a_wide_network_on_few_samples():
    model = DeepNetwork.normal((50, 200, 1), key=jax.random.key(0), activation="relu")
    x = np.random.default_rng(0).standard_normal((7, 50))
    rank = tangent_rank(model, domain=Points(np.concatenate([x, x])))
    assert (rank.status, rank.value) == ("exact", 7)


def test_samples_of_a_sphere_give_a_lower_bound():
    """Random points of a circle miss small arcs."""
    model = network((2, 3, 3, 3, 1), 4)
    rank = tangent_rank(model, domain=Sphere(2))
    assert (rank.status, rank.upper) == ("at least", 28)
    assert 0 < rank.lower < 28
    # Without biases the regions are cones, and the circle meets all of them.
    cones = network((2, 3, 3, 1), 4, bias=False)
    assert tangent_rank(cones, domain=Sphere(2)).value == 12
