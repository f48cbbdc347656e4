"""Reduction of models to irreducible models with the same function.

Parameters are *irreducible* if no narrower model of the same class has the same
function. `reduce` merges neurons by the symmetries of the activation and bounds the
change of the function; `equal_functions` decides whether two networks with one hidden
layer are equal; `effective_reduction` finds a narrow network that reproduces a trained
network on data.
"""

from ._effective import (
    effective_reduction as effective_reduction,
    EffectiveReduction as EffectiveReduction,
)
from ._equal import equal_functions as equal_functions
from ._reduce import reduce as reduce
from ._result import Reduction as Reduction
