"""The script of a release refuses what does not fit together."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATING = ("pyproject.toml", "CHANGELOG.md", "CITATION.cff")

spec = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
assert spec is not None
assert spec.loader is not None
release = importlib.util.module_from_spec(spec)
spec.loader.exec_module(release)


@pytest.fixture
def tree(tmp_path):
    for name in STATING:
        shutil.copy(ROOT / name, tmp_path)
    for words in (
        ("init", "-q"),
        ("config", "user.name", "nobody"),
        ("config", "user.email", "nobody@example.org"),
        ("add", "."),
        ("commit", "-qm", "all"),
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_the_files_of_this_tree_state_one_version(tree):
    assert release.version() == release.version(tree)
    release.check_clean(tree)


@pytest.mark.parametrize("name", STATING)
def test_another_version_in_one_file_is_refused(tree, name):
    number = release.version(tree)
    path = tree / name
    path.write_text(path.read_text().replace(number, "9.9.9", 1))
    with pytest.raises(SystemExit, match=f"{name}: 9.9.9"):
        release.version(tree)


@pytest.mark.parametrize("name", ["pyproject.toml", "new.txt"])
def test_what_is_not_committed_is_refused(tree, name):
    with (tree / name).open("a") as file:
        file.write("# more\n")
    with pytest.raises(SystemExit, match=f"not committed: {name}"):
        release.check_clean(tree)


def test_a_command_that_fails_is_said_with_its_reason():
    with pytest.raises(SystemExit, match=r"release: git nothing failed"):
        release.output("git", "nothing")
