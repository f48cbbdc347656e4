"""The page of an audit is one file, complete and escaped; the text says the same."""

import dataclasses
import re

import numpy as np
import pytest
from whole_pages import check, outline, without_links

from suffice.auditing import audit, Table
from suffice.auditing._design._more import MoreSamples
from suffice.report import audit_page, audit_text
from suffice.report._figures._audit import _together
from suffice.report._pages._auditing._advice import more
from suffice.report._pages._auditing._answer import laws

EVIL = '<script>alert("x")</script> $a_$ 温度'


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 2))
    y = x @ [1.0, 2.0] + 0.3 * rng.normal(size=30)
    table = Table((EVIL, "b"), f"drag {EVIL}", x, y, (f"note {EVIL}",), f"f {EVIL}.csv")
    return audit(table, folds=4, restarts=4, splits=4, max_width=1)


@pytest.fixture(scope="module")
def page(found):
    return audit_page(found, command=f"suffice audit '{EVIL}'")


def test_the_page_is_like_every_page(page):
    check(page, without_head=1)


def test_the_page_is_one_file_that_needs_no_network(page):
    assert "<script" not in page
    assert len(page) < 300_000
    links = r"""(src|href)\s*=\s*["']?(https?:)?//"""
    assert not re.search(links, without_links(page))


def test_everything_from_outside_is_escaped(page):
    assert EVIL not in page
    assert "&lt;script&gt;alert" in page


def test_every_figure_has_its_numbers_in_a_table(page):
    for name in ("width", "learning", "next"):
        figure = page.index(f'id="{name}"')
        assert "<table>" in page[figure:]
    assert page.count("<figure>") == page.count("<svg ") == 3
    assert page.count("<figcaption>") == 3
    words = outline(page).words[0][0]
    assert re.search(r"unseen samples: [\d.]+ at constant, [\d.]+ at linear", words)


def test_theory_and_command_are_on_the_page(page, found):
    assert f"{found.sample_size.value}: linear, fewest" in page
    assert "arXiv:2406.18035" in page
    assert "suffice audit &#39;" in page


def test_the_text_holds_the_answer_and_the_tables(found):
    text = audit_text(found)
    for part in ("Intrinsic width", "At least 3 samples", "Learning curve", "Measure"):
        assert part in text
    assert "* linear" in text
    assert len(audit_text(found, brief=True)) < len(text) / 2


def test_labels_that_would_touch_are_one_label():
    places = np.array([0.0, 1.0, 0.01, 0.5, 0.98, 1.0])
    assert _together(places) == [
        (0.005, "1, 3"),
        (0.5, "4"),
        (pytest.approx(2.98 / 3), "2, 5, 6"),
    ]


def test_what_predicts_better_comes_before_the_law_and_its_equal_after_it(found):
    def with_reference(behind):
        others = found.references
        ahead = np.where(np.arange(len(others.names)) == 0, behind, -1.0)
        changed = dataclasses.replace(
            others, ahead=ahead, ahead_error=np.full(len(ahead), 0.1)
        )
        return laws(dataclasses.replace(found, references=changed))

    better, law = with_reference(0.5)
    assert "predicts better" in better
    assert law.startswith("The smallest description")
    law, level = with_reference(0.05)
    assert law.startswith("The smallest description")
    assert "predicts about as well" in level


def test_a_reason_for_two_answers_is_told_once(found):
    one = MoreSamples(
        "a new measurement", 1.0, 2.0, 9.0, "another model",
        None, None, None, None, 0.0, "trees leave 1.5",
    )  # fmt: skip
    two = dataclasses.replace(one, of="the fitted function")
    text = more(dataclasses.replace(found, more=(one, two)))
    assert text is not None
    assert text.count("trees leave 1.5") == 1
    assert text.endswith("which more rows do not mend.")


def test_an_upright_line_is_described_by_its_place(page):
    assert re.search(r"3: linear, fewest: a line at 3\.", page)
