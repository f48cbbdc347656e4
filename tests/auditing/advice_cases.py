"""A noise estimate and references without content, for tests of the advice."""

import numpy as np

from suffice.auditing._noise import NoiseEstimate
from suffice.auditing._references import References

NONE = References((), *np.zeros((5, 0)))


def estimate(**changes):
    values = {
        "value": 1.0, "low": 0.9, "high": 1.1, "source": "residuals",
        "pure_error": None, "freedom": 0,
        "residual": 1.0, "unseen": 1.1, "ratio": 1.0, "lack_of_fit": None,
        "declared": None, "settled": True,
    }  # fmt: skip
    return NoiseEstimate(**(values | changes))
