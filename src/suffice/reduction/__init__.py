"""The irreducible model inside a model.

A parameter is *irreducible* when no narrower model of its class has the same function.
`reduce` merges neurons as the symmetries of the activation allow, and bounds the change
of the function; `equal_functions` decides equality of two-layer networks by their
atoms; `effective_reduction` finds the narrowest network that reproduces a trained one
on data.
"""

from ._effective import (
    effective_reduction as effective_reduction,
    EffectiveReduction as EffectiveReduction,
)
from ._equal import equal_functions as equal_functions
from ._reduce import reduce as reduce
from ._result import Reduction as Reduction
