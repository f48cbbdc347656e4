"""tangent."""

from ._prefix import (
    prefix_ranks as prefix_ranks,
    RankUndecided as RankUndecided,
    samples_needed as samples_needed,
)
from ._sketch import Sketch as Sketch, sketch as sketch
from ._sketched_rank import sketched_rank as sketched_rank
