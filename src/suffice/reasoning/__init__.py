"""Transformers on composite functions and chains: what they infer and how they match.

A *task* draws sequences as a function of a key. On composite functions two solutions
agree on all that is seen and part on a pair of anchors that is not: one infers from
the single anchors, the other treats pairs as wholes, up to their order. On chains the
answer is some steps ahead, and a layer takes a step by *matching*: a token asks for the
place where the same token is the first of a pair.
"""

from ._anchors import AnchorTask as AnchorTask
from ._batch import Batch as Batch, Stream as Stream, Task as Task
from ._chains import ChainTask as ChainTask
from ._loss import (
    answers as answers,
    last_logits as last_logits,
    last_loss as last_loss,
)
from ._order import (
    available_steps as available_steps,
    step_bounds as step_bounds,
    ternary_order as ternary_order,
)
