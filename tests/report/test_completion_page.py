"""The page of a completed matrix: what it says, and what its pictures hold."""

import numpy as np
import pytest
from whole_pages import check

from suffice.completion import complete_table, EntryStatus, read_entries
from suffice.report import completion_page
from suffice.report._figures._completion import (
    _blended,
    ORDER,
    PIXELS,
    rank_figure,
    singular_figure,
    stability_figure,
    status_figure,
)


def read(path, values):
    lines = (",".join("" if np.isnan(v) else repr(float(v)) for v in w) for w in values)
    path.write_text("\n".join(lines) + "\n")
    return read_entries(path)


def rank_two(m, n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, 2)) @ rng.normal(size=(2, n))


@pytest.fixture(scope="module")
def half_open(tmp_path_factory):
    """Two entries follow from the others, and one row has a single entry."""
    values = rank_two(6, 5)
    values[0, 0] = values[1, 2] = np.nan
    values[4, :4] = np.nan
    path = tmp_path_factory.mktemp("page") / "half.csv"
    return complete_table(read(path, values), rank=2)


def test_the_page_says_what_was_found(half_open):
    page = completion_page(half_open, command="suffice complete <half>")
    for piece in (
        "What the entries of half.csv determine",
        "2 of 6 missing entries are determined at rank 2",
        "All 4 undetermined entries lie in rows or columns with fewer than 2",
        "One further entry determines everything",
        "suffice complete &lt;half&gt;",
        'id="statuses"',
        'id="stability"',
        'id="singular"',
    ):
        assert piece in page, piece
    check(page)


def test_pixels_are_the_statuses(half_open):
    shown = np.array(status_figure(half_open).data[0].z)
    status = half_open.completion.status
    for place, (kind, *_) in enumerate(ORDER):
        np.testing.assert_array_equal(shown == place, status == kind)


def test_what_is_undetermined_is_blank_on_the_map(half_open):
    figure = stability_figure(half_open)
    assert figure is not None
    z = np.array(figure.data[0].z, float)
    open_ = half_open.completion.status == EntryStatus.undetermined
    np.testing.assert_array_equal(np.isnan(z), open_)
    known = half_open.stability.amplification[~open_]
    np.testing.assert_allclose(10 ** z[~open_], known)


def test_singular_values_are_those_of_the_fit(half_open):
    figure = singular_figure(half_open)
    assert figure is not None
    found = half_open.completion
    wanted = np.linalg.svd(found.left @ found.right, compute_uv=False)[:2]
    np.testing.assert_allclose(figure.data[0].y, wanted)
    assert rank_figure(half_open) is None


def test_two_blocks_show_no_filled_entry(tmp_path):
    values = rank_two(8, 8)
    values[:4, 4:] = values[4:, :4] = np.nan
    found = complete_table(read(tmp_path / "two.csv", values), rank=2)
    page = completion_page(found)
    assert "0 of 32 missing entries are determined" in page
    assert "fall apart into 2 components" in page
    assert "Uniquely determined blocks, rows x columns: 4 x 4, 4 x 4" in page


def test_an_undecided_rank_still_makes_a_page(tmp_path):
    values = np.array([[1.0, 2.0], [3.0, np.nan]])
    page = completion_page(complete_table(read(tmp_path / "tree.csv", values)))
    assert "undecided" in page
    assert 'id="stability"' not in page


def test_a_chosen_rank_shows_why(tmp_path):
    rng = np.random.default_rng(3)
    values = np.outer(rng.uniform(1, 3, 12), rng.uniform(1, 3, 9))
    values += 0.05 * rng.normal(size=values.shape)
    values[2, 3] = np.nan
    found = complete_table(read(tmp_path / "noisy.csv", values), max_rank=3)
    figure = rank_figure(found)
    assert figure is not None
    np.testing.assert_allclose(figure.data[0].y, found.completion.choice.errors)
    assert "held out" in completion_page(found)


def test_labels_cannot_inject_markup(tmp_path):
    (tmp_path / "evil.csv").write_text(
        '"",<script>alert(1)</script>,b\n<i>x</i>,1,2\ny,3,\nz,2,4\n'
    )
    found = complete_table(read_entries(tmp_path / "evil.csv"), rank=1)
    page = completion_page(found)
    assert "<script>alert" not in page
    assert "<i>x" not in page
    check(page)


def test_a_block_of_pixels_has_the_mean_colour():
    places = np.zeros((2 * PIXELS, 2 * PIXELS), int)
    places[:, ::2] = 4
    colour = [
        np.array([int(ORDER[k][2][c : c + 2], 16) for c in (1, 3, 5)]) for k in (0, 4)
    ]
    shown = _blended(places)
    assert shown.shape == (PIXELS, PIXELS, 3)
    assert np.abs(shown - (colour[0] + colour[1]) / 2).max() <= 0.5
