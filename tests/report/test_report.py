"""The page is one file, complete, escaped, and never overwrites another."""

import re
from pathlib import Path

import numpy as np
import pytest
from whole_pages import check, without_links

import suffice
from suffice._core import percent, plural, publication, short
from suffice.auditing import audit, Table
from suffice.report import audit_page, audit_text, write_page
from suffice.report._page._describe import Grounds
from suffice.report._page._grid import Grid, is_numeric
from suffice.report._page._write import refuse_existing
from suffice.report._pages import _bases
from suffice.report._pages._audit_text import aligned
from suffice.report._pages._claim import Claim, Drawing, Reproduction
from suffice.report._pages._reproduction import reproduction_page

EVIL = '<script>alert("x")</script>'


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


def own(page):
    """The page without the embedded library."""
    return re.sub(r"<script>/\*\*.*?</script>", "", page, count=1, flags=re.S)


def test_the_page_is_like_every_page(page):
    check(page, without_head=1)


def test_the_page_is_one_file_that_needs_no_network(page):
    assert page.count("plotly.js v") == 1
    assert len(own(page)) < 300_000
    links = r"""(src|href)\s*=\s*["']?(https?:)?//"""
    assert not re.search(links, without_links(page))


def test_everything_from_outside_is_escaped(page):
    assert EVIL not in own(page)
    assert "&lt;script&gt;alert" in own(page)


def test_every_figure_has_its_numbers_in_a_table(page):
    text = own(page)
    for name in ("width", "learning", "next"):
        figure = text.index(f'id="{name}"')
        assert "<table>" in text[figure:]
        assert "<noscript>" in text[figure:]
    assert text.count("<figure>") == 3
    assert text.count("<figcaption>") == 3


def test_theory_and_command_are_on_the_page(page, found):
    text = own(page)
    assert f"{found.sample_size.value}: linear, optimistic" in text
    assert "arXiv:2406.18035" in text
    assert "suffice audit &#39;" in text


def test_the_text_holds_the_answer_and_the_tables(found):
    text = audit_text(found)
    for part in ("Intrinsic width", "At least 3 samples", "Learning curve", "Measure"):
        assert part in text
    assert "* linear" in text
    assert len(audit_text(found, brief=True)) < len(text) / 2


def test_a_page_is_not_overwritten_unasked(tmp_path):
    path = tmp_path / "page.html"
    write_page("one", path)
    with pytest.raises(ValueError, match="exists; choose another name, or pass --f"):
        write_page("two", path)
    assert path.read_text() == "one"
    write_page("two", path, overwrite=True)
    assert path.read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_place_for_the_page_is_checked_beforehand(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        refuse_existing(tmp_path)
    with pytest.raises(ValueError, match="does not exist"):
        refuse_existing(tmp_path / "nowhere" / "page.html")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234.5, "1230"),
        (0.00123456, "0.00123"),
        (1.5e-29, "1.5e-29"),
        (2.5e7, "2.5e+07"),
        (float("inf"), "∞"),
        (-3.14159, "-3.14"),
    ],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


def test_rounding_is_said_to_be_nothing():
    assert percent(1e-29) == "≈ 0 %"
    assert percent(0.123456) == "12.3 %"
    assert plural(1, "neuron") == "1 neuron"
    assert plural(2, "neuron") == "2 neurons"


def test_columns_of_numbers_are_flush_right():
    grid = Grid(("name", "count"), (("a", "1"), ("bcd", "100")), 1)
    assert aligned(grid).splitlines() == [
        "    name  count",
        "    a         1",
        "  * bcd     100",
    ]
    assert is_numeric(("1", "-2.5", "∞", "≈ 0 %"))
    assert not is_numeric(("1", "width 2"))
    assert is_numeric(("21", "13 +", "?", "-0.2505 ~"))
    for text in ("1 of 4", "0.000 - 0.699", "2405.05409, Table 1", "3 x 4", "-", ""):
        assert not is_numeric((text,))


def test_a_reproduction_is_a_page_like_every_other():
    evil = Claim(f"Claim {EVIL}", "Figure 3", "0 of 100", "0.03", False, f"why {EVIL}")
    drawings = (
        Drawing("figure-3", f"Title {EVIL}", "Caption.", "<?xml?><svg/>", (evil,), 2.0),
        Drawing("table-1", "A table", "Caption.", None, (evil,), 1.0),
    )
    known = publication("2405.13787")
    page = reproduction_page(
        Reproduction(known.name, known.title, known.arxiv, False, drawings),
        command=f"suffice reproduce '{EVIL}'",
    )
    check(page)
    assert EVIL not in page
    assert page.count("<svg/>") == 1
    assert "<?xml" not in page
    assert "Rests on:\n<a href" in page


def test_bases_stand_in_the_documentation():
    """A number leads to a section that exists, and to a statement with a test."""
    docs = Path(suffice.__file__).parents[2] / "docs"
    to_code = (docs / "paper-to-code.md").read_text()
    parts = re.split(r"^## ", to_code, flags=re.M)
    known = [basis for basis in vars(_bases).values() if isinstance(basis, Grounds)]
    assert len(known) > 25
    for basis in known:
        text = (docs / basis.document).read_text()
        assert re.search(rf"^#+ {re.escape(basis.section)}$", text, re.M), basis
        part = (
            []
            if basis.paper is None
            else [
                part for part in parts if basis.paper.cited in part.partition("\n")[0]
            ]
        )
        for statement in basis.statement.split(" and ") if part else ():
            assert statement in part[0], basis
