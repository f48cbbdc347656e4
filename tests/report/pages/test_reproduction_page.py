"""The page of a reproduced paper is like every other page."""

from whole_pages import check

from suffice._core.literature import bases, publication
from suffice.report._page._describe import Card, Page, Section
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered
from suffice.report._pages._claim import Claim, Drawing, Reproduction, Sentence
from suffice.report._pages._reproduction import reproduction_page

EVIL = '<script>alert("x")</script>'


def test_a_reproduction_is_a_page_like_every_other():
    told = f"Claim {EVIL}", "Figure 3", "0 of 100", "0.03", False, f"why {EVIL}"
    evil = Claim(*told, covers=("evil",))
    other = Claim(*told, kind="other")
    drawings = (
        Drawing(
            *("figure-3", f"Title {EVIL}", "Caption.", "<?xml?><svg/>", (evil, other)),
            *(2.0, "JAX 1", "abc", "seed 5"),
        ),
        Drawing(
            "table-1", "A table", "Caption.", None, (evil,), 1.0, "JAX 2", "def", ""
        ),
    )
    known = publication("2405.13787")
    page = reproduction_page(
        Reproduction(
            *(known.name, known.title, known.arxiv, False, drawings),
            abstract=(Sentence("evil", f"Said {EVIL}"), Sentence("no", "No.", EVIL)),
        ),
        command=f"suffice reproduce '{EVIL}'",
    )
    check(page)
    assert EVIL not in page
    assert "Figure 1. Caption. Experiment figure-3: seed 5, computed in 2 s" in page
    assert "the digest of its numbers is def." in page
    assert "Figure 2" not in page
    assert "Computed with JAX 1; or JAX 2." in page
    assert "checks hold" not in page
    assert page.count("<svg/>") == 1
    assert "<?xml" not in page
    assert "Rests on:\n<a href" in page
    paper, _, rest = page.partition("<h2>Statements of other papers</h2>")
    assert paper.index("<h2>The abstract, statement by statement</h2>") < paper.index(
        "<h2>Statements of this paper</h2>"
    )
    assert "1 differs. They were tested on the way." in rest
    assert "Statements of this paper" not in rest
    assert "author = {Jiajie Zhao and Zhiwei Bai and Yaoyu Zhang}" in page


def test_a_remark_stands_below_its_own_row():
    grid = Grid(("a", "b"), (("1", "2"), ("3", "4")), notes=("", "why"))
    section = Section("A heading", (grid,), (bases.JUDGED,))
    card = Card("number", "1", "of one", bases.JUDGED)
    page = rendered(Page("Title", "Subtitle", (card,), (), (section,)))
    row, _, after = page.partition('<td class="number">3</td>')
    assert "why" not in row
    assert (
        '<tr class="note"><td class="short"></td><td colspan="1">why</td></tr>' in after
    )


def test_a_small_number_stays_on_one_line_and_a_cell_names_its_column():
    grid = Grid(("verdict", "claim", "measured"), (("agrees", "so", "3.0e-31 & on"),))
    section = Section("A heading", (grid,), (bases.JUDGED,))
    card = Card("number", "1", "of one", bases.JUDGED)
    page = rendered(Page("Title", "Subtitle", (card,), (), (section,)))
    assert '<span class="whole">3.0e-31</span> &amp; on</td>' in page
    assert 'data-name="measured"' in page
