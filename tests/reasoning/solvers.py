"""The two circuits that answer an anchor task."""

from handmade import (
    inferential,
    symmetric,
)

from suffice.reasoning import (
    AnchorTask,
)

TASK = AnchorTask.both_masked()


SOLVERS = {"inferential": (inferential(), 1), "symmetric": (symmetric(), -1)}
