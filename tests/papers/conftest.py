"""Shared by the tests of the papers."""

import pytest

from suffice.papers import paper
from suffice.papers._paper import Run
from suffice.report._style import styled


@pytest.fixture
def run(tmp_path):
    """A quick run that keeps what it must in a folder of its own."""
    return Run(False, tmp_path)


@pytest.fixture
def experiment():
    """An experiment by the names of its paper and of itself."""

    def find(name, figure):
        return next(e for e in paper(name).experiments if e.name == figure)

    return find


@pytest.fixture
def judged(experiment):
    """Whether each claim agrees; draws, and asks for remarks where claims differ."""

    def judge(name, figure, data):
        one = experiment(name, figure)
        with styled():
            assert one.draw is None or one.draw(data).axes
        claims = list(one.judge(data))
        assert all(claim.remark for claim in claims if claim.agrees is False)
        return [claim.agrees for claim in claims]

    return judge


@pytest.fixture
def verdicts():
    """The verdict of every claim of an experiment about its data, or of one kind."""

    def judge(one, data, kind=None):
        claims = one.judge(data)
        return [c.verdict for c in claims if kind in (None, c.kind)]

    return judge
