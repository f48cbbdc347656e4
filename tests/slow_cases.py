"""Cases that run with the slow tests, beside fast ones of the same kind."""

import pytest


def slow(*cases):
    """Cases for `parametrize`; a tuple holds the values of one case."""
    return [marked(*(case if isinstance(case, tuple) else (case,))) for case in cases]


def marked(*values):
    return pytest.param(*values, marks=pytest.mark.slow)
