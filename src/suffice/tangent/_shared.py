"""Names of `tangent` that other chapters import and users do not need."""

from ._piecewise._on_points import rank_on_points as rank_on_points
from ._precision._kinks import on_kinks as on_kinks
from ._precision._tangent_matrix import (
    DENSE_ENTRIES as DENSE_ENTRIES,
    tangent_matrix as tangent_matrix,
    traits_of as traits_of,
)
from ._precision._traits import traced as traced, Traits as Traits
from ._rank import RankStatus as RankStatus
from ._sampled import (
    DENSE_PARAMETERS as DENSE_PARAMETERS,
    describe as describe,
    domain_of as domain_of,
)
from ._sketch._sketched_kinks import sketched_kinks as sketched_kinks
