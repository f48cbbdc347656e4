"""A chapter is entered by its door: what has an underscore is read inside only."""

import ast
from pathlib import Path

import pytest

import suffice

ROOT = Path(suffice.__file__).parent
CHAPTERS = sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").exists())


def private(path, chapter):
    """Imports of a file from private modules, or names, of other chapters."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            continue
        top, *rest = node.module.split(".")
        if top != "suffice" or rest[:1] == [chapter]:
            continue
        for name in (*rest[1:], *(alias.name for alias in node.names if rest)):
            if name.startswith("_"):
                yield f"{node.module}: {name}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_chapter_reads_what_another_keeps_to_itself(chapter):
    for path in (ROOT / chapter).rglob("*.py"):
        assert not list(private(path, chapter)), path


@pytest.mark.parametrize(
    "line",
    ["from suffice.auditing._read import f", "from suffice.auditing import _read"],
)
def test_a_look_behind_the_door_would_be_seen(line, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(f"{line}\nfrom suffice._core import Result\n")
    assert len(list(private(bad, "cli"))) == 1
    assert not list(private(bad, "auditing"))
