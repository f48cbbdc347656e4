"""Every paper that is cited stands in the one list, and the docs agree with it."""

import re
from pathlib import Path

import pytest

import suffice
from suffice._core.literature import publication, PUBLICATIONS

ROOT = Path(suffice.__file__).parent
DOCS = ROOT.parents[1] / "docs"
NUMBER = re.compile(r"arXiv:(\d{4}\.\d{5})")


def cited(folder, ending):
    for path in folder.rglob(f"*{ending}"):
        for number in NUMBER.findall(path.read_text()):
            yield number, path


def test_every_cited_paper_is_in_the_list():
    for number, path in (*cited(ROOT, ".py"), *cited(DOCS, ".md")):
        assert number in PUBLICATIONS, path


def test_papers_that_can_be_rerun_stand_in_the_docs_as_in_the_list():
    text = (DOCS / "papers.md").read_text()
    headings = re.findall(r"^## .*$", (DOCS / "paper-to-code.md").read_text(), re.M)
    for paper in PUBLICATIONS.values():
        if paper.name:
            line = f"{paper.name:<22} {paper.cited}, {paper.about}"
            assert line in text
            assert sum(heading.endswith(paper.cited) for heading in headings) == 1


def test_a_paper_that_is_not_in_the_list_is_refused():
    assert publication("2307.08921").link == "https://arxiv.org/abs/2307.08921"
    with pytest.raises(ValueError, match="is not in the list of papers"):
        publication("2000.00000")


def test_papers_that_can_be_rerun_have_authors_and_an_entry_of_their_own():
    named = [paper for paper in PUBLICATIONS.values() if paper.name]
    assert all(paper.authors for paper in named)
    keys = {re.match(r"@misc{(\w+),", paper.bibtex)[1] for paper in named}
    assert len(keys) == len(named)
    assert "eprint = {2307.08921}" in publication("2307.08921").bibtex
    assert publication("2307.08921").year == 2023
