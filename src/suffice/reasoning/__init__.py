"""Transformers on composite functions and chains: what they infer and how they match.

A *task* draws sequences as a function of a key. On composite functions two solutions
agree on all that is seen and part on a pair of anchors that is not: one infers from
the single anchors, the other treats pairs as wholes, up to their order. On chains the
answer is some steps ahead, and a layer takes a step by *matching*: a token asks for the
place where the same token is the first of a pair.
"""

from ._analyses._behaviour import (
    answer_rates as answer_rates,
    AnswerRates as AnswerRates,
    commutativity as commutativity,
    deviations as deviations,
)
from ._analyses._buffers import (
    buffer_capacity as buffer_capacity,
)
from ._analyses._complexity import (
    condensed_share as condensed_share,
    cosines as cosines,
    group_directions as group_directions,
    ordinality as ordinality,
    participation_ratio as participation_ratio,
    query_weights as query_weights,
    stable_rank as stable_rank,
)
from ._analyses._explain import (
    AnchorReasons as AnchorReasons,
    ChainReasons as ChainReasons,
    explain as explain,
)
from ._analyses._flow import (
    Flow as Flow,
    information_flow as information_flow,
)
from ._analyses._knock_out import (
    cut_edges as cut_edges,
    EDGES as EDGES,
    knock_out as knock_out,
    KnockOut as KnockOut,
)
from ._analyses._loss import (
    answers as answers,
    last_logits as last_logits,
    last_loss as last_loss,
)
from ._analyses._matching import (
    attention_to_slots as attention_to_slots,
    best_heads as best_heads,
    expected_matching_score as expected_matching_score,
    KernelMatching as KernelMatching,
    Matching as Matching,
    matching as matching,
    matching_kernel as matching_kernel,
    matching_matrix as matching_matrix,
    positional_matching as positional_matching,
    score_matching as score_matching,
)
from ._analyses._vectors import (
    anchor_values as anchor_values,
    last_vectors as last_vectors,
    similarity_auc as similarity_auc,
)
from ._analyses._view import (
    Activations as Activations,
    as_view as as_view,
    Head as Head,
    TransformerView as TransformerView,
    View as View,
)
from ._studies._chain import ChainStudy as ChainStudy
from ._studies._composition import (
    Composition as Composition,
    CompositionStudy as CompositionStudy,
)
from ._studies._decoder import Decoder as Decoder, Noise as Noise, Recipe as Recipe
from ._studies._phases import phases as phases
from ._studies._study import train_members as train_members
from ._tasks._anchors import (
    AnchorTask as AnchorTask,
)
from ._tasks._batch import (
    Batch as Batch,
    Stream as Stream,
    Task as Task,
)
from ._tasks._chains import (
    ChainTask as ChainTask,
)
from ._tasks._order import (
    answer_available as answer_available,
    available_steps as available_steps,
    step_bounds as step_bounds,
    ternary_order as ternary_order,
)
