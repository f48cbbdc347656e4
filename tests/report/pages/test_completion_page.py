"""The page of a completed matrix says what was found."""

import numpy as np
from small_matrices import rank_two, read
from whole_pages import check

from suffice.completion import complete_table, read_entries
from suffice.report import completion_page
from suffice.report._figures._completion import rank_figure


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
    np.testing.assert_allclose(
        figure.axes[0].lines[0].get_ydata(), found.completion.choice.errors
    )
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
