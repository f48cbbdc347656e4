"""The picture of spectra over a training."""

import io

import numpy as np
import pytest

from suffice.report import spectrum_figure
from suffice.spectra import Fourier, Radial, Recorder

X = np.linspace(-np.pi, np.pi, 32, endpoint=False)
STEPS = (0, 1, 3, 10, 30, 100)


def record(**more):
    recorder = Recorder(train=(X, np.sin(X)), test=(X, np.sin(2 * X)), **more)
    for step in STEPS:
        outputs = {name: np.sin(X) * step / 100 for name in ("train", "test", *more)}
        recorder.add(step, **outputs)
    return recorder.record()


def drawn(figure):
    figure.savefig(io.BytesIO(), format="svg")
    return [a for a in figure.axes if a.get_label() != "<colorbar>"]


def test_maps_and_moments_hold_the_numbers_of_the_spectrum():
    spectrum = record().spectrum(Fourier(np.arange(4.0)))
    axes = drawn(spectrum_figure(spectrum, steps=[0, 29, 100]))
    assert len(axes) == 2 * 4
    assert "train: relative error" in axes[0].get_title()
    error = spectrum.data["error"].sel(set="train")[0].T
    shown = np.asarray(axes[0].collections[0].get_array()).reshape(error.shape)
    np.testing.assert_allclose(shown, error)
    assert axes[2].get_title() == "train, step 30"
    labels, outputs = axes[2].lines
    np.testing.assert_allclose(labels.get_ydata(), [0, 0.5, 0, 0], atol=1e-14)
    np.testing.assert_allclose(outputs.get_ydata(), [0, 0.15, 0, 0], atol=1e-14)


def test_sets_without_labels_and_divergence_do_not_break_it():
    whole = record(reference=(X, None))
    spectrum = whole.spectrum(Radial(np.geomspace(0.5, 8, 50)))
    assert len(drawn(spectrum_figure(spectrum))) == 2 * 4
    with pytest.raises(ValueError, match="sets are reference; those with labels are"):
        spectrum_figure(spectrum, sets=["reference"])
    with pytest.raises(ValueError, match=r"no run 3, only \[0\]"):
        spectrum_figure(spectrum, run=3)
    broken = record()
    broken.data["output"][0, 3:] = np.nan
    assert drawn(spectrum_figure(broken.spectrum(Fourier(np.arange(3.0)))))
