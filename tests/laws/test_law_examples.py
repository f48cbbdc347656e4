"""The worked examples of laws run, also those that solve differential equations."""

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "laws"


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_example_of_a_law(path):
    pytest.importorskip("diffrax")
    runpy.run_path(str(path), run_name="__main__")


def test_the_examples_of_laws_are_there():
    assert [p.stem for p in sorted(FOLDER.glob("*.py"))] == [
        "enzyme",
        "epidemic",
        "one_compartment",
    ]
