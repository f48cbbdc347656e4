"""The page of a reproduced paper is like every other page."""

from whole_pages import check

from suffice._core.literature import publication
from suffice.report._pages._claim import Claim, Drawing, Reproduction
from suffice.report._pages._reproduction import reproduction_page

EVIL = '<script>alert("x")</script>'


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
