"""What a number rests on stands in the documentation."""

import re
from pathlib import Path

import suffice
from suffice._core.literature import bases, Grounds

DOCS = Path(suffice.__file__).parents[2] / "docs"
KNOWN = [basis for basis in vars(bases).values() if isinstance(basis, Grounds)]


def test_bases_stand_in_the_documentation():
    """A number leads to a section that exists."""
    assert len(KNOWN) > 25
    for basis in KNOWN:
        text = (DOCS / basis.document).read_text()
        assert re.search(rf"^#+ {re.escape(basis.section)}$", text, re.M), basis


def test_bases_stand_in_the_map_from_papers_to_code():
    """A number leads to a statement with a test: below its paper, or beside it."""
    to_code = (DOCS / "paper-to-code.md").read_text()
    parts = {
        part.partition("\n")[0].rpartition(" ")[2]: part
        for part in re.split(r"^## ", to_code, flags=re.M)
    }
    rows = to_code.splitlines()
    for basis in KNOWN:
        if basis.paper is None:
            continue
        cited = basis.paper.cited
        part = parts.get(cited, "") + "".join(row for row in rows if cited in row)
        for statement in basis.statement.split(" and "):
            assert statement in part, basis
