"""A chapter has two doors: its public names for users, `_shared` for other chapters.

What else has an underscore is read inside only.
"""

import ast
import functools
from pathlib import Path

import pytest

import suffice

ROOT = Path(suffice.__file__).parent
CHAPTERS = sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").exists())


@functools.cache
def imports(path):
    """Module and name of every absolute import of a file; no name for `import m`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found += [(node.module, alias.name) for alias in node.names]
    return found


def private(path, chapter):
    """What a file of a chapter imports from other chapters past their two doors."""
    for module, name in imports(path):
        top, *rest = module.split(".")
        if top != "suffice" or rest[:1] in ([], [chapter]):
            continue
        inside = [*rest[1:], name]
        if inside[0] == "_shared":
            inside = inside[1:]
        if any(part.startswith("_") for part in inside):
            yield f"{module}: {name}"


def exported(path):
    """The names that a door offers; those of a lazy one stand in its stub."""
    stub = path.with_suffix(".pyi")
    listed = stub if stub.exists() else path
    body = ast.parse(listed.read_text()).body if listed.exists() else []
    return {
        alias.asname
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname and not alias.asname.startswith("_")
    }


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_chapter_reads_what_another_keeps_to_itself(chapter):
    for path in (ROOT / chapter).rglob("*.py"):
        assert not list(private(path, chapter)), path


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_shared_is_not_public_and_another_chapter_needs_it(chapter):
    shared = exported(ROOT / chapter / "_shared.py")
    assert not shared & exported(ROOT / chapter / "__init__.py")
    others = (
        path for c in CHAPTERS if c != chapter for path in (ROOT / c).rglob("*.py")
    )
    door = f"suffice.{chapter}._shared"
    needed = {
        name for path in others for module, name in imports(path) if module == door
    }
    assert shared == needed


@pytest.mark.parametrize(
    "line",
    [
        "from suffice.auditing._read import f",
        "from suffice.auditing import _read",
        "from suffice.auditing._shared import _read",
        "import suffice.auditing._read",
    ],
)
def test_a_look_behind_the_door_would_be_seen(line, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(f"{line}\nfrom suffice._core import Result\n")
    assert len(list(private(bad, "cli"))) == 1
    assert not list(private(bad, "auditing"))


@pytest.mark.parametrize(
    "line",
    [
        "from suffice.auditing import audit",
        "from suffice.auditing._shared import described",
        "import suffice.auditing",
    ],
)
def test_both_doors_are_open(line, tmp_path):
    good = tmp_path / "good.py"
    good.write_text(f"{line}\n")
    assert not list(private(good, "cli"))
