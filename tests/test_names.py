"""One name means one thing: no two classes share a name."""

import ast
from collections import defaultdict
from pathlib import Path

import suffice

ROOT = Path(suffice.__file__).parent


def shared_names(root):
    """Names of several classes and where they are; a leading underscore is exempt."""
    homes = defaultdict(list)
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(root)))
    return {name: files for name, files in homes.items() if len(files) > 1}


def test_no_two_classes_share_a_name():
    assert not shared_names(ROOT)


def test_a_shared_name_would_be_seen(tmp_path):
    (tmp_path / "a.py").write_text("class Rank: ...\nclass _Own: ...\n")
    (tmp_path / "b.py").write_text("class Rank: ...\nclass _Own: ...\n")
    assert shared_names(tmp_path) == {"Rank": ["a.py", "b.py"]}
