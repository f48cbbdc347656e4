"""Where gradient flow can rest, and how many samples that takes.

The parameters that express one target form branches of different dimensions. A branch
is *separated* by a set of samples when no other global minimum of the loss lies near
it; then a neighbourhood of it recovers the target. `thresholds` lists the sample sizes
at which that happens, branch by branch, as far as closed forms exist.
"""

from ._branch import Block as Block, BranchType as BranchType
from ._branches import Branches as Branches, branches as branches
from ._counts import (
    saddle_branch_count as saddle_branch_count,
    splitting_count as splitting_count,
)
from ._family import Family as Family
from ._graphs import (
    hierarchy as hierarchy,
    intersection_graph as intersection_graph,
    label_graph as label_graph,
    type_graph as type_graph,
)
from ._saddle_branch import SaddleBranchType as SaddleBranchType
from ._thresholds import (
    Threshold as Threshold,
    Thresholds as Thresholds,
    thresholds as thresholds,
)
from ._two_layer import (
    branch_codimension as branch_codimension,
    condensed_size as condensed_size,
)
