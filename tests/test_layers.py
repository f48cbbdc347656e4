"""The architecture as a test: which chapter may import which."""

import ast
from pathlib import Path

import pytest

import suffice

ROOT = Path(suffice.__file__).parent
SCIENCE = {
    "_core",
    "models",
    "training",
    "reduction",
    "tangent",
    "samples",
    "auditing",
    "landscape",
    "completion",
    "recovery",
    "sweeps",
    "spectra",
    "reasoning",
}
MAY_IMPORT = {
    "_core": set(),
    "models": {"_core"},
    "training": {"_core", "models"},
    "reduction": {"_core", "models", "training"},
    "samples": {"_core", "models", "reduction", "tangent"},
    "tangent": {"_core", "models"},
    "auditing": {"_core", "models", "training", "reduction", "tangent", "samples"},
    "landscape": {"_core", "models", "training", "reduction", "tangent", "samples"},
    "completion": {"_core", "models", "training", "tangent", "samples"},
    "sweeps": {"_core"},
    "recovery": SCIENCE - {"auditing", "completion", "spectra", "reasoning"},
    "spectra": {"_core", "models", "training", "tangent"},
    "reasoning": {"_core", "models", "training", "sweeps"},
    "report": SCIENCE,
    "papers": SCIENCE | {"report"},
    "cli": SCIENCE | {"report", "papers"},
}


def imported_chapters(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            if top == "suffice":
                yield rest.split(".")[0] or "(the package)"


@pytest.mark.parametrize("chapter", MAY_IMPORT)
def test_chapter_imports_only_what_it_may(chapter):
    for path in (ROOT / chapter).rglob("*.py"):
        extra = set(imported_chapters(path)) - MAY_IMPORT[chapter] - {chapter}
        assert not extra, f"{path} imports {extra}"


def test_every_chapter_is_in_the_table():
    assert {p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()} == set(
        MAY_IMPORT
    )


def test_a_forbidden_import_would_be_seen(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("from suffice.cli import main\nimport suffice.report._pages\n")
    assert set(imported_chapters(bad)) == {"cli", "report"}


def test_importing_the_package_leaves_the_precision_alone():
    import subprocess
    import sys

    code = "import suffice, jax; print(jax.config.jax_enable_x64)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_the_names_of_the_package_are_those_a_type_checker_sees():
    tree = ast.parse((ROOT / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = suffice._HOMES
    assert seen == {(home, n) for home, names in homes.items() for n in names.split()}
    for name in suffice._HOME:
        assert getattr(suffice, name).__module__.startswith("suffice.")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rnak'"):
        _ = suffice.rnak
