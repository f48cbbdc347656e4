"""What other chapters need of `reasoning` and users do not."""

from ._analyses._ablation import head_name as head_name
from ._analyses._behaviour import deviations as deviations
from ._analyses._complexity import (
    cosines as cosines,
    group_directions as group_directions,
    query_weights as query_weights,
)
from ._analyses._knock_out import EDGES as EDGES
from ._analyses._loss import answers as answers
from ._analyses._matching import (
    positional_matching as positional_matching,
    serial_path as serial_path,
)
from ._analyses._vectors import (
    anchor_values as anchor_values,
    last_vectors as last_vectors,
)
from ._analyses._view import (
    TransformerLike as TransformerLike,
    TransformerView as TransformerView,
)
from ._tasks._order import ternary_order as ternary_order
