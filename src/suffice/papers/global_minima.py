"""Structure and gradient dynamics near global minima, arXiv:2309.00508."""

from ._minima_branches import GRAPH, TYPES
from ._minima_merged import MERGED
from ._minima_rates import RATES
from ._minima_separation import CURVES, EQUALITY
from ._minima_spurious import SIGN, SPURIOUS
from ._paper import Paper

PAPER = Paper(
    "global-minima",
    "Structure and gradient dynamics near global minima of two-layer neural networks",
    "2309.00508",
    (GRAPH, TYPES, CURVES, EQUALITY, MERGED, RATES, SPURIOUS, SIGN),
)
