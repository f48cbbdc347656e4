"""From initialisation to limit: ensembles and least-squares fits of all their members.

An ensemble is a model whose parameters carry a leading axis `runs`. `fit` moves every
member to a minimum of its own weighted squared error, in one compiled program.
"""

from ._ensemble import (
    ensemble as ensemble,
    member as member,
    stack as stack,
)
from ._fit import Fit as Fit, fit as fit
from ._outcome import Outcome as Outcome
