"""Critical point sets of two-layer networks, arXiv:2405.17501."""

from ._critical_blind import BLIND, DIMENSION
from ._critical_copies import COPIED
from ._critical_example import EXAMPLE, LEMMA
from ._critical_plateau import PLATEAU
from ._critical_training import DEPTH, PLATEAUS
from ._critical_tree import TREE
from ._critical_zeros import ZEROS
from ._paper import Paper

PAPER = Paper(
    "critical-sets",
    "Critical point sets of two-layer neural networks",
    "2405.17501",
    (LEMMA, EXAMPLE, BLIND, DIMENSION, ZEROS, PLATEAU, COPIED, TREE, PLATEAUS, DEPTH),
)
