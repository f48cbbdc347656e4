"""The versions that the package declares are those that it is tested with."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TESTED = ("test", "nufft", "ode")


def pins(name, python):
    lines = (ROOT / name).read_text().splitlines()
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    where = {"python_version": python}
    kept = [pin for pin in found if pin.marker is None or pin.marker.evaluate(where)]
    assert len({canonicalize_name(pin.name) for pin in kept}) == len(kept)
    return {
        canonicalize_name(pin.name): Version(str(pin.specifier).removeprefix("=="))
        for pin in kept
    }


def bounds():
    extras = PROJECT["optional-dependencies"]
    texts = [*PROJECT["dependencies"], *(t for name in TESTED for t in extras[name])]
    found = {canonicalize_name(r.name): r.specifier for r in map(Requirement, texts)}
    return {name: bound for name, bound in found.items() if name != "suffice"}


def test_the_lowest_versions_are_the_declared_ones():
    lowest = pins("constraints-oldest.txt", "3.11")
    declared = {
        name: Version(str(bound).removeprefix(">=")) for name, bound in bounds().items()
    }
    assert lowest == declared


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_pinned_versions_are_allowed(python):
    pinned = pins("constraints.txt", python)
    assert all(pinned[name] in bound for name, bound in bounds().items())
