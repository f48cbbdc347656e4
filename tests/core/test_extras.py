"""What is installed on demand is refused by its name where it is missing."""

import importlib
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from suffice._core import importing, MissingExtra, require
from suffice._core._extras import EXTRAS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MADE_OF_OTHERS = {"all", "benchmark", "cuda", "dev", "test"}  # or of a machine
PROVIDED_BY = {"distributed": "dask"}  # where module and package differ


def packages(extra):
    lines = PROJECT["optional-dependencies"][extra]
    return {Requirement(line).name for line in lines}


def test_the_extras_are_those_of_the_package():
    assert set(PROJECT["optional-dependencies"]) == set(EXTRAS) | MADE_OF_OTHERS
    for extra, modules in EXTRAS.items():
        assert {PROVIDED_BY.get(m, m) for m in modules} == packages(extra)


def test_all_and_test_hold_every_extra():
    extras = PROJECT["optional-dependencies"]
    assert Requirement(*extras["all"]).extras == set(EXTRAS)
    assert "suffice[all]" in extras["test"]


def test_what_is_missing_is_named_with_its_remedy(monkeypatch):
    require("A page", "pages", "convex")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra) as caught:
        require("A page", "pages", "convex")
    said = (
        'A page needs matplotlib, which is not installed: pip install "suffice[pages]".'
    )
    assert str(caught.value) == said
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    with pytest.raises(MissingExtra, match=r"matplotlib and cvxpy.*\[pages,convex\]"):
        require("A page", "pages", "convex")


def test_an_import_that_fails_names_the_extra_and_no_other_is_renamed(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffrax", None)
    for module, kind, said in (
        ("diffrax", MissingExtra, r"laws.py needs diffrax.*\[ode\]"),
        ("nowhere_at_all", ModuleNotFoundError, "'nowhere_at_all'"),
    ):
        with pytest.raises(kind, match=said), importing("laws.py"):
            importlib.import_module(module)
