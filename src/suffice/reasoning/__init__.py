"""Transformers on composite functions and chains: their answers and mechanisms.

A *task* draws sequences as a function of a random key. On composite functions, two
solutions agree on all pairs of anchors in the training data and differ on a pair that
is not in them: the inferential one composes the maps of the single anchors, the
symmetric one treats a pair as a whole and ignores its order. On chains the answer lies
some steps ahead. A layer takes one step by *matching*: a token attends to the position
where an equal token is the first of a pair.
"""

from ._analyses._ablate import ablate as ablate
from ._analyses._ablation import Ablation as Ablation, Effects as Effects
from ._analyses._behaviour import (
    answer_rates as answer_rates,
    AnswerRates as AnswerRates,
    commutativity as commutativity,
)
from ._analyses._buffers import (
    buffer_capacity as buffer_capacity,
)
from ._analyses._complexity import (
    condensed_share as condensed_share,
    stable_rank as stable_rank,
)
from ._analyses._explain import explain as explain
from ._analyses._flow import (
    Flow as Flow,
    information_flow as information_flow,
)
from ._analyses._heads import head_scores as head_scores, HeadScores as HeadScores
from ._analyses._knock_out import knock_out as knock_out, KnockOut as KnockOut
from ._analyses._loss import last_loss as last_loss
from ._analyses._matching import (
    Matching as Matching,
    matching as matching,
    matching_kernel as matching_kernel,
    matching_matrix as matching_matrix,
    score_matching as score_matching,
)
from ._analyses._reasons import (
    AnchorReasons as AnchorReasons,
    ChainReasons as ChainReasons,
)
from ._analyses._unseen import UnseenPair as UnseenPair
from ._analyses._vectors import similarity_auc as similarity_auc
from ._analyses._view import as_view as as_view, View as View
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
)
