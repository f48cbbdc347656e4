"""What every page must be, whichever it is: read by a parser, not by patterns."""

import re
from html.parser import HTMLParser

from suffice._core.literature import PUBLICATIONS

LINK = "https://arxiv.org/abs/"
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)


class Outline(HTMLParser):
    """The elements of a page that the rules are about."""

    def __init__(self):
        super().__init__()
        self.count = {}
        self.open = []
        self.words = []  # alternative texts, figure by figure
        self.head = []  # cells of headings, table by table
        self.links = []
        self.rests = []  # sections with a figure or table -> whether bases are named
        self.numbers = False

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        self.open.append(tag)
        if tag == "figure":
            self.words.append([])
        if known.get("role") == "img":
            self.words[-1].append(known.get("aria-label") or "")
        if tag == "table":
            self.head.append(0)
        if tag == "th":
            assert known["scope"] == "col"
            self.head[-1] += 1
        if tag == "a":
            self.links.append(known["href"])
        if tag == "section":
            self.rests.append([False, False])
        if self.rests and "section" in self.open:
            self.rests[-1][0] |= tag in ("table", "figure")
            self.rests[-1][1] |= known.get("class") == "rests"
        assert "src" not in known
        assert tag not in ("link", "iframe", "object", "img")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass


def outline(page):
    """The page, parsed, without its scripts."""
    seen = Outline()
    seen.feed(SCRIPT.sub("", page))
    return seen


def without_links(page):
    """The page without its scripts and without links to papers."""
    return re.sub(rf'<a href="{LINK}[\d.]+">', "<a>", SCRIPT.sub("", page))


def check(page, *, without_head=0):
    """Assert what holds for every page.

    Args:
        page: The HTML.
        without_head: How many of its tables list names and values and need no heading.
    """
    seen = outline(page)
    assert [seen.count[tag] for tag in ("h1", "footer", "title")] == [1, 1, 1]
    for words in seen.words:
        assert len(words) == 1
        assert re.search(r"\d", words[0]), words
        assert len(words[0]) > 40
    assert seen.head.count(0) == without_head
    assert all(has or not needs for needs, has in seen.rests)
    assert {link.removeprefix(LINK) for link in seen.links} <= PUBLICATIONS.keys()
    assert "http" not in without_links(page)
    cards = re.findall(r'<div class="card">.*?</div>', page)
    assert cards
    assert all("docs/" in card for card in cards)
