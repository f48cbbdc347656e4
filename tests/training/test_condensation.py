"""Neurons that align during training."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, TwoLayer
from suffice.training import condensation, ensemble, imbalance, member, stack


def planted(activation="tanh"):
    """Two neurons on one line, one on another, two too small to count."""
    w = jnp.array([[1.0, 0.0], [-2.0, 0.0], [0.0, 3.0], [0.05, 0.05], [0.0, 0.0]])
    a = jnp.array([1.0, 0.5, 0.0, 0.01, 0.02])
    return TwoLayer(w, a, activation=activation)


def test_known_neurons():
    found = condensation(planted())
    np.testing.assert_allclose(found.norm[:3], [2**0.5, 4.25**0.5, 3.0])
    np.testing.assert_array_equal(found.active, [True, True, True, False, False])
    assert found.directions == 2
    assert found.cosine[0, 1] == -1
    squares = np.array(found.norm) ** 2
    assert found.participation == pytest.approx(squares.sum() ** 2 / (squares**2).sum())
    assert found.headline() == "3 of 5 neurons are active, in 2 directions."


def test_opposite_neurons_are_one_direction_for_odd_activations_only():
    assert condensation(planted("silu")).directions == 3


def test_extremes_of_the_participation():
    one = TwoLayer(jnp.eye(4) * jnp.array([[1.0], [0], [0], [0]]), jnp.zeros(4))
    assert condensation(one).participation == pytest.approx(1)
    assert condensation(TwoLayer(jnp.eye(4), jnp.ones(4))).participation == 4
    assert condensation(TwoLayer(jnp.zeros((4, 4)), jnp.zeros(4))).directions == 0


def test_an_angle_joins_what_is_close():
    turn = np.deg2rad([0.0, 4.0, 8.0, 60.0])
    net = TwoLayer(jnp.asarray(np.stack([np.cos(turn), np.sin(turn)], 1)), jnp.ones(4))
    counts = [int(condensation(net, angle=a).directions) for a in (3.0, 5.0, 60.0)]
    assert counts == [4, 2, 1]


def test_members_biases_and_outputs(key):
    template = TwoLayer.normal(3, 2, key=key, bias=True, outputs=2)
    models = ensemble(template, 5, key=key)
    found = condensation(models)
    assert found.norm.shape == (5, 3)
    assert found.cosine.shape == (5, 3, 3)
    w, a, b = (np.asarray(leaf[1]) for leaf in (models.w, models.a, models.b))
    whole = np.concatenate([w.T, a, b[None]])
    np.testing.assert_allclose(found.norm[1], np.linalg.norm(whole, axis=0))
    alone = condensation(member(models, 1))
    np.testing.assert_allclose(alone.cosine, found.cosine[1])


def test_scale_and_order_of_neurons_change_nothing(key):
    net = TwoLayer.normal(6, 3, key=key)
    turned = TwoLayer(net.w[::-1], net.a[::-1])
    small = jax.tree.map(lambda leaf: 1e-200 * leaf, net)
    found = condensation(stack([net, turned, small]))
    assert np.ptp(found.directions) == 0
    np.testing.assert_allclose(found.participation, found.participation[0])


def test_rank_correlation_with_the_imbalance(key):
    x = np.linspace(-1, 1, 5)[:, None]
    start = ensemble(TwoLayer.normal(4, 1, key=key), 1, scale=1e-3, key=key)
    before = imbalance(start, x, x[:, 0])
    order = np.argsort(np.abs(before.c[0]))
    for sign, sizes in ((1, np.arange(1.0, 5.0)), (-1, np.arange(4.0, 0.0, -1.0))):
        grown = np.empty((1, 4))
        grown[0, order] = sizes
        end = TwoLayer(jnp.asarray(grown[0])[:, None], jnp.asarray(grown[0]))
        found = condensation(stack([end]), imbalance=before)
        np.testing.assert_allclose(found.rank_correlation, sign)
    assert "rank correlation" in str(found)


def test_bad_arguments_are_refused(key):
    with pytest.raises(ValueError, match="models is a DeepNetwork"):
        condensation(DeepNetwork.normal((1, 2, 1), key=key))
    with pytest.raises(ValueError, match="threshold is 2"):
        condensation(planted(), threshold=2.0)
    x = np.linspace(-1, 1, 5)[:, None]
    other = imbalance(TwoLayer.normal(2, 1, key=key), x, x[:, 0])
    with pytest.raises(ValueError, match=r"imbalance has C of shape \(2,\)"):
        condensation(planted(), imbalance=other)
