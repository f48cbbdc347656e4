"""Random degenerate cases, compared with exact arithmetic as in `benchmarks`."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def campaign(monkeypatch, family):
    if "torch" in family:
        pytest.importorskip("torch")
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with np.errstate(all="ignore"):  # overflows are part of the cases
        from _verdicts import campaign

        yield campaign


FAMILIES = [
    "deep, piecewise linear",
    "two-layer, piecewise linear",
    "piecewise linear, split",
    "piecewise linear on samples",
    "piecewise linear, low precision inside",
    "piecewise linear, torch",
    "guarantee, piecewise linear",
    "two-layer, smooth",
    "deep, smooth",
    "smooth on samples",
    "smooth, low precision inside",
    "smooth, torch",
    "guarantee",
    "equality and reduction",
    "products of factors",
    "powers of a time stamp",
    "a neuron split into shares",
    "repeated and mirrored inputs",
    "a sample on a kink",
]
CASES = {  # fast draws; 3 of the others
    "piecewise linear, low precision inside": 1,
    "piecewise linear, torch": 2,
    "two-layer, smooth": 1,
    "deep, smooth": 1,
    "smooth, low precision inside": 1,
    "smooth, torch": 2,
    "guarantee": 12,
    "smooth on samples": 5,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_confident_is_wrong(campaign, family):
    verdicts = [
        v
        for k in range(CASES.get(family, 3))
        for v in campaign.verdicts(family, k, seed=1)
    ]
    assert not [verdict for verdict in verdicts if not verdict.right]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_confident_is_wrong_in_many_cases(campaign, family):
    verdicts = [v for k in range(8) for v in campaign.verdicts(family, k, seed=2)]
    assert verdicts
    assert not [verdict for verdict in verdicts if not verdict.right]
