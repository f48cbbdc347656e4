"""The page of a forecast: what it says, and that it stands alone."""

import numpy as np
from whole_pages import check

from suffice.report import spectra_page
from suffice.report._pages._forecast import _test_set


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
    assert "<script" not in page
    assert 'src="http' not in page
    check(page)


def test_without_scales_their_section_is_left_out(wave):
    found, flow = wave
    page = spectra_page(found, flow, source="wave.csv")
    several = sum(np.isfinite(point.loss) for point in found.scan) > 1
    assert ("size of the initial parameters does" in page) == several


def test_when_the_test_set_is_learned_is_a_sentence():
    assert _test_set("with the training set") == (
        "The test set is learned with the training set."
    )
    assert _test_set("not predicted: no index tells") == (
        "When the test set is learned is not predicted: no index tells."
    )
