"""The pictures of a completed matrix hold its statuses, errors and singular values."""

import numpy as np

from suffice.completion import EntryStatus
from suffice.report._figures._completion import (
    _blended,
    ORDER,
    PIXELS,
    rank_figure,
    RGB,
    singular_figure,
    stability_figure,
    status_figure,
)


def pixels(figure):
    return figure.axes[0].images[0].get_array()


def test_pixels_are_the_statuses(half_open):
    shown = pixels(status_figure(half_open))
    status = half_open.completion.status
    for place, (kind, *_) in enumerate(ORDER):
        np.testing.assert_array_equal((shown == RGB[place]).all(-1), status == kind)


def test_what_is_undetermined_is_blank_on_the_map(half_open):
    figure = stability_figure(half_open)
    assert figure is not None
    shown = pixels(figure)
    open_ = half_open.completion.status == EntryStatus.undetermined
    np.testing.assert_array_equal(np.ma.getmaskarray(shown), open_)
    known = half_open.stability.amplification[~open_]
    np.testing.assert_allclose(shown[~open_], known)


def test_singular_values_are_those_of_the_fit(half_open):
    figure = singular_figure(half_open)
    assert figure is not None
    found = half_open.completion
    wanted = np.linalg.svd(found.left @ found.right, compute_uv=False)[:2]
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(heights, wanted)
    assert rank_figure(half_open) is None


def test_a_block_of_pixels_has_the_mean_colour():
    places = np.zeros((2 * PIXELS, 2 * PIXELS), int)
    places[:, ::2] = 4
    shown = _blended(places)
    assert shown.shape == (PIXELS, PIXELS, 3)
    assert np.abs(shown - (RGB[0] + RGB[4]) / 2).max() <= 0.5
