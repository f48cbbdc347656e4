"""Every example runs, and finds what it says: the assertions are inside it."""

import runpy
from pathlib import Path

import pytest

SLOW = {
    "03_inside_a_trained_network",
    "04_bring_your_own_model",
    "05_matrix_entries",
    "06_phase_diagram",
    "07_which_entries",
    "08_grokking",
}
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


def marked(path):
    marks = pytest.mark.slow if path.stem in SLOW else ()
    return pytest.param(path, marks=marks, id=path.stem)


@pytest.mark.parametrize("path", [marked(path) for path in EXAMPLES])
def test_example(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path), run_name="__main__")
    assert not list(tmp_path.iterdir()), "an example left files behind"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_a_short_percent_script_that_checks_itself(path):
    text = path.read_text()
    assert text.startswith("# %% [markdown]\n# # ")
    assert "\nassert " in text
    assert len(text.splitlines()) <= 80


def test_the_examples_are_there():
    assert [path.name[:2] for path in EXAMPLES] == [
        f"{number:02d}" for number in range(1, 9)
    ]
