"""The architecture as a test: which chapter may import which, and no circles.

The table of chapters stands in CONTRIBUTING.md and is read from there.
"""

import ast
import graphlib
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import suffice

ROOT = Path(suffice.__file__).parent
CONTRIBUTING = Path(__file__).parents[1] / "CONTRIBUTING.md"


def table_of_chapters():
    """The chapters, from the bottom up, each with those that it may import."""
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", CONTRIBUTING.read_text(), re.M)
    table: dict[str, set[str]] = {}
    for chapter, allowed in rows:
        named = {*re.findall(r"`(\w+)`", allowed), *list(table)[:1]}  # the first: _core
        table[chapter] = set(table) if allowed == "everything" else named
    return table


MAY_IMPORT = table_of_chapters()


def module_of(path, root):
    """A file as the parts of its module's name; a package is its folder."""
    parts = (root.name, *path.relative_to(root).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(path, root):
    """The modules and names that a file of the package at `root` imports."""
    package = (root.name, *path.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            start += tuple(node.module.split(".")) if node.module else ()
            yield from ((*start, alias.name) for alias in node.names)


def imported_chapters(path, root=ROOT):
    for top, *rest in imports(path, root):
        if top == root.name:
            yield rest[0] if rest else "(the package)"


def arrows_between_files(root):
    """Which file imports which; what goes through an `__init__` is left out."""
    files = {module_of(path, root): path for path in root.rglob("*.py")}
    packages = {name for name, path in files.items() if path.name == "__init__.py"}
    arrows = defaultdict(set)
    for name, path in files.items():
        if name in packages:
            continue
        for target in imports(path, root):
            target = target if target in files else target[:-1]
            if target in files.keys() - packages:
                arrows[name].add(target)
    return arrows


def arrows_between_rooms(root):
    """Which room of a chapter imports which; a file outside rooms stands for itself."""
    rooms = defaultdict(set)
    for path in root.rglob("*.py"):
        source = module_of(path, root)[:3]
        for target in imports(path, root):
            inside = len(target) > 2 and target[:2] == source[:2]
            if inside and len(source) > 2 and target[:3] != source:
                rooms[source].add(target[:3])
    return rooms


def circle(arrows):
    """One circle of a graph, or nothing."""
    try:
        graphlib.TopologicalSorter(arrows).prepare()
    except graphlib.CycleError as error:
        return [".".join(name) for name in error.args[1]]
    return []


@pytest.mark.parametrize("chapter", MAY_IMPORT)
def test_a_chapter_imports_what_the_table_says(chapter):
    used = {
        name
        for path in (ROOT / chapter).rglob("*.py")
        for name in imported_chapters(path)
    } - {chapter}
    extra = used - MAY_IMPORT[chapter]
    assert not extra, f"{chapter} imports {extra}, which the table does not allow"
    if chapter != "cli":
        unused = MAY_IMPORT[chapter] - used - {"_core"}
        assert not unused, f"the table allows {chapter} to import {unused}, unused"


def test_the_table_has_every_chapter_and_arrows_go_down_only():
    there = {p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()}
    assert there == set(MAY_IMPORT)
    above = set()
    for chapter, allowed in MAY_IMPORT.items():
        assert allowed <= above, f"{chapter} imports {allowed - above} from below it"
        above.add(chapter)


def test_no_files_import_each_other_in_a_circle():
    assert not circle(arrows_between_files(ROOT))


def test_no_rooms_of_a_chapter_import_each_other_in_a_circle():
    assert not circle(arrows_between_rooms(ROOT))


def package(folder, **files):
    for name, text in files.items():
        path = folder.joinpath("suffice", *name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    return folder / "suffice"


def test_a_forbidden_import_would_be_seen(tmp_path):
    text = "from suffice.cli import main\nimport suffice.report._page\n"
    root = package(tmp_path, models__bad=text)
    found = set(imported_chapters(root / "models" / "bad.py", root))
    assert found == {"cli", "report"}


def test_a_circle_of_files_would_be_seen(tmp_path):
    root = package(tmp_path, models__a="from .b import f", models__b="from . import a")
    assert circle(arrows_between_files(root))
    root = package(tmp_path, models__a="from .b import f", models__b="from . import c")
    assert not circle(arrows_between_files(root))


def test_a_circle_of_rooms_would_be_seen(tmp_path):
    files = {"m___low___a": "from .._high._b import f", "m___high___b": ""}
    root = package(tmp_path, **files)
    assert not circle(arrows_between_rooms(root))
    root = package(tmp_path, m___high___c="from .._low import _d", m___low___d="")
    assert circle(arrows_between_rooms(root))
    assert not circle(arrows_between_files(root))


def test_importing_the_package_leaves_jax_and_the_precision_alone():
    code = (
        "import sys, suffice; print('jax' in sys.modules);"
        "import jax; print(jax.config.jax_enable_x64)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_every_name_of_the_package_is_there_and_a_type_checker_sees_it():
    body = ast.parse((ROOT / "__init__.pyi").read_text()).body
    seen = [
        (node.module, alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(name for _, name in seen) == suffice.__all__
    assert set(dir(suffice)) == {*suffice.__all__, "__version__"}
    for home, name in seen:
        thing = getattr(suffice, name)
        if home is None:
            assert thing.__name__ == f"suffice.{name}"
        else:
            assert thing.__module__.startswith("suffice.")
            assert thing is getattr(getattr(suffice, home), name)


def test_every_chapter_is_an_attribute_and_in_the_table_of_contents():
    for chapter in MAY_IMPORT.keys() - {"_core", "cli"}:
        assert chapter in dir(suffice)
        assert re.search(rf"^{chapter} +\S", suffice.__doc__, re.M)
    for name in re.findall(r"sf\.([\w.]+)", suffice.__doc__):
        thing = suffice
        for part in name.split("."):
            thing = getattr(thing, part)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rnak'"):
        _ = suffice.rnak
