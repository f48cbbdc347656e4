"""The pictures of a forecast hold label spectra and predicted losses."""

import numpy as np

from suffice.report._figures._forecast import label_spectra, predicted_losses
from suffice.spectra import nudft


def test_label_spectra_are_those_of_the_samples(wave):
    _, flow = wave
    seen = label_spectra(flow)
    assert seen["periods"].tolist() == list(range(21))
    want = np.abs(nudft(flow.train.x, flow.train.y, np.arange(21.0))[:, 0])
    np.testing.assert_allclose(seen["train"], want, atol=1e-13)
    assert seen["test"].argmax() == 2
    assert (seen["floor"] >= 0).all()


def test_predicted_losses_begin_at_one_and_training_falls(classes):
    train, test = predicted_losses(classes[1]).T
    np.testing.assert_allclose([train[0], test[0]], 1, atol=0.05)
    assert (np.diff(train) <= 1e-12).all()
    assert train[-1] < 0.02
