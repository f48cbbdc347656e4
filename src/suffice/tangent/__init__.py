"""Tangent spaces of models and their ranks.

When the parameters of a model change a little, its function changes, to first order,
within the span of its derivatives by the parameters: the *tangent function space*. The
dimension of this space is the rank at that point (arXiv:2211.11623, Definition 2); on
samples it is the rank of the tangent matrix. In reading order: `jacobian` and
`tangent_rank`; the methods that decide a rank: `sampled_rank`, `structural_rank`,
`piecewise_rank`, `generic_rank`, `certified_rank`; and methods for large models, which
never form the matrix: `sketch`, `sketched_rank`, `prefix_ranks`, `many_ranks`.
"""

from suffice._core import (
    numerical_rank as numerical_rank,
    NumericalRank as NumericalRank,
)

from ._exact._certify import (
    certified_lower as certified_lower,
    certified_rank as certified_rank,
    CertifiedBound as CertifiedBound,
)
from ._exact._finite_field import generic_rank as generic_rank
from ._exact._layers import structural_bound as structural_bound
from ._exact._numbers import NotExact as NotExact
from ._exact._structural import structural_rank as structural_rank
from ._jacobian import jacobian as jacobian
from ._piecewise._piecewise_rank import piecewise_rank as piecewise_rank
from ._rank import Rank as Rank
from ._sampled import sampled_rank as sampled_rank
from ._sketch._many import many_ranks as many_ranks, Ranks as Ranks
from ._sketch._prefix import (
    prefix_ranks as prefix_ranks,
    RankUndecided as RankUndecided,
    samples_needed as samples_needed,
)
from ._sketch._sketch import Sketch as Sketch, sketch as sketch
from ._sketch._sketched_rank import sketched_rank as sketched_rank
from ._sketch._torch import from_torch as from_torch
from ._tangent_rank import tangent_rank as tangent_rank
