"""A folder per paper: papers share rooms, and none of them imports another."""

import ast
import re
import sys
from pathlib import Path

import pytest

from suffice.papers import __file__ as DOOR, paper, PAPERS

ROOT = Path(DOOR).parent
SHARED = {"_paper", "_sample_size", "_transformers"}
ROOMS = {"_sample_size", *(name.replace("-", "_") for name in PAPERS)}


def imported_rooms(path):
    """Files and folders of this chapter that a file imports by their full names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "suffice.papers"
        ):
            _, _, *inner = node.module.split(".")
            yield from inner[:1] or (alias.name for alias in node.names)


def test_every_paper_has_a_folder():
    assert {p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()} == ROOMS


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_paper_imports_only_what_all_share(room):
    for path in (ROOT / room).rglob("*.py"):
        assert set(imported_rooms(path)) <= SHARED - {room}, path


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_is_found_and_its_experiments_have_names_of_their_own(name):
    found = paper(name)
    names = [experiment.name for experiment in found.experiments]
    assert found.publication.name == name
    assert len(set(names)) == len(names) > 1
    assert all(n.replace("-", "").isalnum() for n in names)


def covered(name):
    """Sentences that the claims of some experiments cover, as their code says."""
    for module in {e.judge.__module__ for e in paper(name).experiments}:
        path = Path(str(sys.modules[module].__file__))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "covers":
                yield from (
                    c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant)
                )


@pytest.mark.parametrize("name", PAPERS)
def test_every_statement_of_the_abstract_is_covered_or_has_a_reason(name):
    found, seen = paper(name), set(covered(name))
    names = [sentence.name for sentence in found.abstract]
    assert len(set(names)) == len(names) >= 4
    assert found.read
    for sentence in found.abstract:
        assert sentence.name in seen or sentence.reason, sentence.name


def test_every_name_in_covers_is_a_sentence_of_an_abstract():
    known = {s.name for name in PAPERS for s in paper(name).abstract}
    assert {one for name in PAPERS for one in covered(name)} <= known
    assert len(known) == sum(len(paper(name).abstract) for name in PAPERS)


def test_an_import_of_another_paper_would_be_seen(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(
        "from suffice.papers.matching._wired import wired\n"
        "from suffice.papers import grokking\n"
    )
    assert set(imported_rooms(bad)) == {"matching", "grokking"}


@pytest.mark.parametrize("name", PAPERS)
def test_the_map_names_the_file_of_every_experiment(name):
    text = (Path(__file__).parents[2] / "docs" / "paper-to-code.md").read_text()
    _, _, section = text.partition(f"`suffice reproduce {name}`")
    paragraph = " ".join(section.partition("\n\n")[0].split())
    files = re.findall(r"`(\w+/_\w+\.py)` \(([^)]+)\)", paragraph)
    named = {path: re.findall(r"`([\w-]+)`", names) for path, names in files}
    experiments = {e.name for e in paper(name).experiments}
    assert {n for names in named.values() for n in names} == experiments
    for path, names in named.items():
        text = (ROOT / path).read_text()
        assert all(f'"{n}"' in text for n in names), path
