"""The versions that the package declares are those that it is tested with."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


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
    found = list(map(Requirement, [*PROJECT["dependencies"], *needed("test")]))
    return {canonicalize_name(one.name): one.specifier for one in found}


def needed(extra):
    """The requirements of an extra, with those of the extras that it holds."""
    for line in PROJECT["optional-dependencies"][extra]:
        one = Requirement(line)
        inner = one.extras if one.name == "suffice" else ()
        yield from [] if inner else [line]
        for name in inner:
            yield from needed(name)


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
