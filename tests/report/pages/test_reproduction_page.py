"""The page of a reproduced paper is like every other page."""

import pytest
from whole_pages import check

from suffice._core.literature import bases, publication
from suffice.report._page._describe import Card, Page, Picture, Section
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered
from suffice.report._pages._claim import (
    Claim,
    Drawing,
    judged,
    Reproduction,
    Sentence,
)
from suffice.report._pages._formulas import printed, typeset
from suffice.report._pages._reproduction import reproduction_page

EVIL = '<script>alert("x")</script>'


def test_a_reproduction_is_a_page_like_every_other():
    told = f"Claim {EVIL}", "Figure 3", "0 of 100", "0.03", False, f"why {EVIL}"
    evil = Claim(*told, covers=("evil",))
    other = Claim(*told, kind="other")
    drawings = (
        Drawing(
            *("figure-3", f"Title {EVIL}", "Caption.", "<?xml?><svg/>", (evil, other)),
            *(2.0, "JAX 1", "abc", "seed (5)"),
        ),
        Drawing(
            "table-1", "A table", "Caption.", None, (evil,), 0.1, "JAX 2", "def", ""
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
    assert "Figure 1. Caption.<" in page
    assert "Numbers: figure-3.nc, over seed (5); computed in 2 s; digest abc." in page
    assert "Numbers: table-1.nc; computed in less than 1 s; digest def." in page
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
    assert "1 differs. It was tested on the way." in rest
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


def test_readings_and_checks_of_an_abstract_are_named_as_such():
    made = {
        kind: Claim("Said.", "Fig. 1", "1", "2", False, kind=kind)
        for kind in ("paper", "reading", "check")
    }
    assert judged(()) == "not covered"
    assert judged((made["paper"], made["paper"])) == "2 differ"
    assert judged((made["reading"], made["check"])) == (
        "reading: 1 differs; check: 1 differs"
    )
    both = judged((made["paper"], made["reading"], made["reading"]))
    assert both == "1 differs; readings: 2 differ"


def test_places_in_a_paper_are_told_once_and_its_own_come_first():
    places = (
        "arXiv:2307.08921, Fig. 4; arXiv:2405.13787, Fig. 1",
        "Fig. 1",
        "Fig. 1 (f)",
    )
    claims = tuple(Claim("Said.", place, "1", "1", True) for place in places)
    drawing = Drawing("one", "One", "Caption.", None, claims, 1.0, "JAX", "abc", "")
    known = publication("2405.13787")
    found = Reproduction(known.name, known.title, known.arxiv, False, (drawing,))
    page = reproduction_page(found)
    assert "</a>, Fig. 1 (f); arXiv:2307.08921, Fig. 4 (<code>" in page


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2rd - r^2 like t^-2.", "2rd - r² like t⁻²."),
        ("t^(-1/2), t^-1/2 and A B^T", "t^(-1/2), t^-1/2 and A Bᵀ"),
        ("theta_0 + theta_2 x_2", "θ₀ + θ₂ x₂"),
        ("sum_i x_{i+1} below n_t", "Σᵢ xᵢ₊₁ below nₜ"),
        ("f_L, f_NL and steps_taken", "f_L, f_NL and steps_taken"),
        ("1.7e-01, 5.7e-02, 2e-03", "0.17, 0.057, 0.002"),
        ("1.0e-31 at 1e-4 and 1e+10", "1.0e-31 at 1e-4 and 1e10"),
        ("4 x 4 within 0.32 +- 0.02, n >= 3", "4 × 4 within 0.32 ± 0.02, n ≥ 3"),
    ],
)
def test_formulas_are_printed(typed, shown):
    assert printed(typed) == shown


def test_names_and_pictures_are_not_typeset():
    claim = Claim("r^2", "Fig. 1", "1e-2", "x_1", True, covers=("x_1",))
    drawing = Drawing(
        "x_1", "x_1", "", "<svg id='x_1'/>", (claim,), 1.0, "", "", "x_1 (2)"
    )
    shown = typeset(Reproduction("x_1", "A", "1", False, (drawing,))).drawings[0]
    assert (shown.name, shown.svg, shown.sizes) == ("x_1", drawing.svg, "x_1 (2)")
    assert shown.title == "x₁"
    assert shown.claims[0] == Claim("r²", "Fig. 1", "0.01", "x₁", True, covers=("x_1",))


def test_the_first_cell_of_a_row_may_lead_somewhere():
    grid = Grid(("name", "count"), (("a", "1"),), links=("a/page.html?x&y",))
    section = Section("A heading", (grid,), (bases.JUDGED,))
    card = Card("number", "1", "of one", bases.JUDGED)
    page = rendered(Page("Title", "Subtitle", (card,), (), (section,)))
    assert '<a href="a/page.html?x&amp;y">a</a></td>' in page


def test_a_drawing_that_fits_a_telephone_does_not_scroll():
    def shown(width):
        drawing = f'<svg width="{width}pt" height="9pt"/>'
        picture = Picture("one", drawing, "A drawing.", "Caption.")
        card = Card("number", "1", "of one", bases.JUDGED)
        section = Section("A heading", (picture,), (bases.JUDGED,))
        return rendered(Page("Title", "Subtitle", (card,), (), (section,)))

    assert '<div class="scroll"' in shown(200)
    assert '<div class="scroll wide"' in shown(400)
    assert "min-width: min(38rem, 400.0pt)" in shown(400)
