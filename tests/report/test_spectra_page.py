"""The page of a forecast: what it says, and that it stands alone."""

import jax
import numpy as np
import pytest
from whole_pages import check

from suffice.models import DeepNetwork
from suffice.report import spectra_page
from suffice.report._figures._forecast import label_spectra, predicted_losses
from suffice.spectra import forecast, kernel_flow, nudft


@pytest.fixture(scope="module")
def wave():
    x, x_test = (np.linspace(-np.pi, np.pi, n)[:, None] for n in (13, 40))
    sets = (x, np.sin(2 * x[:, 0])), (x_test, np.sin(2 * x_test[:, 0]))
    model = DeepNetwork.uniform((1, 12, 1), key=jax.random.key(0))
    return forecast(model, *sets), kernel_flow(model, *sets)


@pytest.fixture(scope="module")
def classes():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    sets = (x[:30], y[:30]), (x[30:], y[30:])
    model = DeepNetwork.uniform((3, 40, 2), 8.0, key=jax.random.key(0))
    flow = kernel_flow(model, *sets)
    return forecast(model, *sets, weight_decay=0.1, learning_rate=1e-3), flow


def test_the_page_says_what_the_forecast_says(classes):
    found, flow = classes
    page = spectra_page(
        found, flow, source="a<b.npz", network="relu", notes=["cut & scaled"],
        command="suffice spectra 'a<b.npz'",
    )  # fmt: skip
    assert "What training on a&lt;b.npz will look like" in page
    assert found.reason in page
    assert "cut &amp; scaled" in page
    assert "30 training and 30 test samples; relu." in page
    for name in ("labels", "path", "scales"):
        assert f'id="{name}"' in page
    assert "a<b.npz" not in page
    assert page.count("<script>") >= 1
    assert 'src="http' not in page
    check(page)


def test_without_scales_their_section_is_left_out(wave):
    found, flow = wave
    page = spectra_page(found, flow, source="wave.csv")
    several = sum(np.isfinite(point.loss) for point in found.scan) > 1
    assert ("size of the initial parameters does" in page) == several


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
