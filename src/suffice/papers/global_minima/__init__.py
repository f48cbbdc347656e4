"""Structure and gradient dynamics near global minima, arXiv:2309.00508."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._branches import GRAPH
from ._merged import MERGED
from ._rates import RATES
from ._separation import CURVES, EQUALITY
from ._spurious import SIGN, SPURIOUS
from ._types import TYPES

PAPER = Paper(
    publication("2309.00508"),
    (GRAPH, TYPES, CURVES, EQUALITY, MERGED, RATES, SPURIOUS, SIGN),
    ABSTRACT,
    "the full text of the third version, the parts that are tested here.",
    emblem="separation",
)
