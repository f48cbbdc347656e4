"""Names of `landscape` that other chapters import and users do not need."""

from ._branches._branch import BranchType as BranchType
from ._branches._codimension import branch_codimension as branch_codimension
from ._branches._counts import splitting_count as splitting_count
from ._branches._graphs import (
    hierarchy as hierarchy,
    label_graph as label_graph,
    type_graph as type_graph,
)
from ._branches._thresholds import SeparationThreshold as SeparationThreshold
