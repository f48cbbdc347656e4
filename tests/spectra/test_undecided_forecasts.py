"""Forecasts that cannot tell, with a control that can beside each."""

import jax
import numpy as np
import pytest

from suffice.models import DeepNetwork
from suffice.spectra import forecast
from suffice.spectra._forecasts._rules import Indices
from suffice.spectra._forecasts._scan import ScalePoint
from suffice.spectra._forecasts._sets import Labelled

_Y = np.eye(10)[np.arange(400) % 10]
TEN = Labelled(np.zeros((400, 1)), _Y, 0 * _Y)  # as many samples of each class


def _forecast_of(x, y, n, outputs, scale):
    """The forecast for the first samples against the others."""
    shape = (x.shape[1], 30, 30, outputs)
    model = DeepNetwork.uniform(shape, scale, key=jax.random.key(0), activation="relu")
    return forecast(
        model, (x[:n], y[:n]), (x[n:], y[n:]), weight_decay=0.2, learning_rate=1e-3
    )


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0, 6.0])
@pytest.mark.parametrize(("inputs", "classes"), [(8, 2), (20, 5), (2, 3), (64, 10)])
def test_random_labels_are_never_foretold(inputs, classes, scale):
    rng = np.random.default_rng([inputs, int(2 * scale)])
    x, y = rng.standard_normal((220, inputs)), rng.integers(classes, size=220)
    found = _forecast_of(x, y, 80, classes, scale)
    assert found.verdict == "undecided"
    assert "training" in found.decided_by


def test_labels_that_follow_a_rule_are_foretold():
    """The control of random labels, on inputs like theirs."""
    x = np.random.default_rng(0).standard_normal((220, 2))
    found = _forecast_of(x, (x[:, 0] > 0).astype(int), 80, 2, 1.0)
    assert (found.verdict, found.decided_by) == ("none", "")


@pytest.mark.slow
@pytest.mark.parametrize("p", [7, 11, 13, 17])
def test_modular_addition_needs_features_and_is_undecided(p):
    """Grokked by training, but not by the kernel: arXiv:2201.02177, Figure 1."""
    a, b = np.divmod(np.random.default_rng(p).permutation(p * p), p)
    x = np.concatenate([np.eye(p)[a], np.eye(p)[b]], axis=1)
    for scale in (1.0, 4.0):
        found = _forecast_of(x, (a + b) % p, int(0.7 * p * p), p, scale)
        assert found.verdict == "undecided"
        assert found.critical_scale is None
        assert "many times the 5000 steps of weight decay" in found.decided_by


OUTLOOKS = [  # accuracies of ten classes on 400 samples, or losses; then the verdict
    ((0.9, 0.95), None, "none"),
    ((0.2, 0.95), None, "initial-function memorisation"),
    ((0.1, 0.12), None, "undecided"),  # both by chance
    ((0.0, 0.0), None, "undecided"),  # below chance: features are needed
    ((0.1, 0.4), None, "undecided"),  # above chance, but not half known
    ((0.56, 0.64), None, "undecided"),  # a difference within standard errors
    ((None, None), (0.3, 0.2), "none"),
    ((None, None), (3.0, 0.2), "initial-function memorisation"),
    ((None, None), (3.0, 2.0), "undecided"),
    ((None, None), (0.8, 0.7), "undecided"),
]


@pytest.mark.parametrize(("accuracies", "losses", "verdict"), OUTLOOKS)
def test_what_the_linearised_network_does_not_show_is_undecided(
    accuracies, losses, verdict
):
    losses = losses or (1.0, 1.0)
    points = [
        ScalePoint(scale, loss, 0.05 * loss, accuracy)
        for scale, loss, accuracy in zip((1.0, 0.5), losses, accuracies, strict=True)
    ]
    found = Indices(TEN, 0.9, tuple(points))
    assert found.verdict()[0] == verdict
    assert bool(found.decided_by(0.1, 1e-3)) == (verdict == "undecided")


def test_a_loss_within_three_standard_errors_of_a_constant_decides_nothing():
    def outlook(error):
        return Indices(TEN, 0.9, (ScalePoint(1.0, 0.4, error, None),))

    assert outlook(0.1).verdict()[0] == "none"
    assert outlook(0.3).verdict()[0] == "undecided"


def test_an_unfitted_training_set_is_undecided_and_waits_for_decay():
    found = Indices(TEN, None, ())
    assert found.verdict()[0] == "undecided"
    assert "1000 steps of weight decay" in found.decided_by(1.0, 1e-3)
    assert "decay" not in found.decided_by(0.0, 1e-3)
