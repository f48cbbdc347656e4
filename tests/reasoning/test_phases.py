"""Phases of a sweep, named from what its runs answer."""

import json

import numpy as np
import pytest
import xarray

from suffice.reasoning import (
    phases,
)
from suffice.reasoning._analyses._solution import route, ROUTES


@pytest.mark.parametrize(
    ("score", "name"),
    [(0.5, "inferential"), (0.49, "both"), (-0.49, "both"), (-0.5, "symmetric")],
)
def test_a_route_is_a_side_only_from_a_half_on(score, name):
    assert ROUTES[route(score)] == name
    assert route(np.array([score, np.nan])).tolist() == [ROUTES.index(name), 0]


def results(preset, **last):
    last = {"worst": last.pop("seen"), "mechanism": -0.6} | last
    names = ("worst", "inferential", "symmetric", "commutativity", "mechanism")
    values = {n: (("seed", "time"), np.array([[0.0, last[n]]])) for n in names}
    study = json.dumps({"task": {"preset": preset}})
    data = xarray.Dataset(values, attrs={"study": study})
    return data.assign(status=("seed", np.array([2])))


@pytest.mark.parametrize(
    ("preset", "seen", "inferential", "symmetric", "commutes", "phase"),
    [
        ("exception", 0.8, 1.0, 0.0, 1.0, "unfit"),
        ("exception", 1.0, 0.6, 0.1, 0.2, "inferential"),
        ("exception", 1.0, 0.0, 0.9, 0.2, "symmetric"),
        ("exception", 1.0, 0.1, 0.2, 0.9, "memorising"),
        ("doubling", 1.0, 0.1, 0.2, 0.9, "memorising"),
        ("both-masked", 1.0, 0.1, 0.9, 0.9, "symmetric"),
        ("both-masked", 1.0, 0.1, 0.9, 0.4, "memorising"),
    ],
)
def test_phases_are_named(preset, seen, inferential, symmetric, commutes, phase):
    data = results(
        preset,
        seen=seen,
        inferential=inferential,
        symmetric=symmetric,
        commutativity=commutes,
    )
    found = phases(data)
    names = found.attrs["phases"].split()
    assert names[int(found["phase"][0])] == phase
    assert found.attrs["routes"].split()[int(found["route"][0])] == "symmetric"
    assert int(found["runs"].sel(solution=phase)) == 1
