"""Where gradient flow can rest, and how many samples that takes.

The parameters that express one target form branches of different dimensions. A branch
is *separated* by a set of samples when no other global minimum of the loss lies near
it; then a neighbourhood of it recovers the target. `thresholds` lists the sample sizes
at which that happens, branch by branch, as far as closed forms exist.
"""

from ._thresholds import (
    Threshold as Threshold,
    Thresholds as Thresholds,
    thresholds as thresholds,
)
from ._two_layer import (
    branch_codimension as branch_codimension,
    condensed_size as condensed_size,
)
