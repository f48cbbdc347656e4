"""Sample sizes of deep ReLU networks: exact near the target, or an upper bound."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, Points, TwoLayer
from suffice.samples import guarantee, optimistic_sample_size
from suffice.tangent import jacobian, tangent_rank

NEAR = "exact for almost every target near this one"


def eighths(model):
    return jax.tree.map(lambda leaf: jnp.round(8 * leaf) / 8, model)


def test_one_answer_whatever_the_key():
    """Sampling said 20, 23, 23, 22 and 24, "measured", for keys 0 to 4."""
    model = eighths(
        DeepNetwork.normal((2, 3, 3, 3, 1), key=jax.random.key(1002), activation="relu")
    )
    ranks = [tangent_rank(model, key=jax.random.key(k)) for k in range(5)]
    assert {(rank.status, rank.lower, rank.upper) for rank in ranks} == {
        ("at least", 25, 28)
    }


@pytest.mark.parametrize("seed", range(4))
def test_an_equinox_network_is_the_deep_network_that_it_is(seed):
    mlp = eqx.nn.MLP(2, "scalar", 5, 2, key=jax.random.key(seed))
    layers = mlp.layers
    weights = (layers[0].weight, layers[1].weight, layers[2].weight[0])
    biases = (layers[0].bias, layers[1].bias, layers[2].bias[0])
    model = DeepNetwork(weights, biases, "relu")
    x = np.random.default_rng(seed).standard_normal((20, 2))
    assert jnp.allclose(jax.vmap(mlp)(x), jax.vmap(model)(x), atol=1e-12)
    rank = tangent_rank(mlp)
    assert (rank.status, rank.value) == ("exact", tangent_rank(model).value)
    assert optimistic_sample_size(mlp).value == optimistic_sample_size(model).value


def test_another_function_at_the_output_is_not_taken_for_a_deep_network():
    mlp = eqx.nn.MLP(
        2, "scalar", 3, 1, final_activation=jnp.tanh, key=jax.random.key(0)
    )
    assert optimistic_sample_size(mlp).reduced == "MLP"


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_each_open_set_of_targets_has_its_own_size(seed, key):
    """Without biases a random draw of (2, 3, 3, 1) has any rank up to 12."""
    model = DeepNetwork.normal(
        (2, 3, 3, 1), key=jax.random.key(seed), bias=False, activation="relu"
    )
    size = optimistic_sample_size(model, key=key)
    assert size.status == NEAR
    assert size.value == tangent_rank(model).value
    assert size.generic_rank is None
    assert "near" in size.headline()


def test_a_special_target_gets_an_upper_bound():
    """Rank 9 at these parameters and 12 at others as near as one likes."""
    w1, w2 = [[10], [-4], [-13]], [[-1, -16, -11], [9, 10, -12], [11, -16, 3]]
    weights = [jnp.asarray(w) / 8 for w in (w1, w2, [-7, 12, -5])]
    biases = [jnp.asarray(b) / 8 for b in ([13, 14, 6], [6, -11, 13], -13)]
    size = optimistic_sample_size(DeepNetwork(tuple(weights), tuple(biases), "relu"))
    assert (size.value, size.status) == (9, "upper bound")


def test_a_bound_on_the_rank_bounds_the_size():
    """A neuron that receives exactly zero on a region: no derivative there."""
    w = jnp.asarray([[1.0, 0.0], [0.0, 1.0]])
    model = DeepNetwork(
        (w, w, jnp.ones(2)), (jnp.zeros(2), jnp.zeros(2), jnp.asarray(0.0)), "relu"
    )
    rank = tangent_rank(model)
    assert rank.status == "at least"
    size = optimistic_sample_size(model)
    assert (size.status, size.value) == ("upper bound", size.point.upper)


@pytest.mark.parametrize("seed", range(3))
def test_zero_biases_are_a_special_target(seed, key):
    """Nearby biases are not zero, and there the rank is larger."""
    model = eighths(
        DeepNetwork.normal((1, 3, 3, 1), key=jax.random.key(seed), activation="relu")
    )
    zeros = tuple(map(jnp.zeros_like, model.biases))
    model = eqx.tree_at(lambda m: m.biases, model, zeros)
    size = optimistic_sample_size(model, key=key)
    assert size.status == "upper bound"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("widths", [(2, 3, 1), (2, 3, 3, 1)])
def test_the_guarantee_is_decided_by_exact_ranks(widths, seed, key):
    """Some regions are so small that no pool of 1500 inputs shows them."""
    model = DeepNetwork.normal(widths, key=jax.random.key(seed), activation="relu")
    rank = tangent_rank(model).value
    x = np.random.default_rng(seed).standard_normal((60, 2))
    for inputs in (x, x[:8]):
        judged = guarantee(model, inputs, key=key)
        matrix = jacobian(model, inputs)
        shown = np.linalg.matrix_rank(matrix, rtol=1e-12)
        assert (judged.rank, judged.rank_s) == (rank, shown)
        assert judged.holds == (shown == rank)
        assert np.isfinite(judged.kappa) == judged.holds


def test_samples_on_a_kink_do_not_settle_a_guarantee():
    """`relu(x - 1)` has two tangent functions; 1 is on the kink, 2 and 3 are not."""
    model = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), -jnp.ones(1), None, "relu")
    judged = guarantee(model, np.asarray([[1.0], [2.0]]))
    assert judged.holds is None
    assert "kink" in judged.headline()
    assert guarantee(model, np.asarray([[3.0], [2.0]])).holds
    assert guarantee(model, np.asarray([[0.0], [2.0]])).holds is False


def test_a_reduction_that_rounds_does_not_undo_coincidences():
    """Two neurons whose kinks separate the same samples, and one output that copies.

    Normalised to unit length the weights are rounded, and the rank on the samples
    would become 22 of 22.
    """
    w = [[1, 10, 10], [-9, -8, 7], [-11, -16, 15], [5, -5, 1]]
    a = [[8, -4, -13, 3], [-24, 12, 39, -9]]
    b = [[-6, 2, 10, 10], [0, 0]]
    weights, biases = ([jnp.asarray(v) / 8 for v in part] for part in ((w, a), b))
    model = DeepNetwork(tuple(weights), tuple(biases), "leaky-relu")
    rng = np.random.default_rng(0)
    for _ in range(4):
        x = rng.integers(-16, 17, (14, 3)) / 8
        seen = tangent_rank(model, domain=Points(x))
        judged = guarantee(model, x)
        assert seen.lower <= judged.rank_s <= seen.upper
        assert judged.holds == (seen.lower == judged.rank)
