"""The page of an audit is one file, complete and escaped; the text says the same."""

import re

import numpy as np
import pytest
from whole_pages import check, outline, without_links

from suffice.auditing import audit, Table
from suffice.report import audit_page, audit_text

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
