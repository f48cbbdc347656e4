"""Geometry of critical sets of two-layer networks, arXiv:2405.17501."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._blind import BLIND, DIMENSION
from ._copies import COPIED
from ._example import EXAMPLE, LEMMA
from ._plateau import PLATEAU
from ._training import DEPTH, PLATEAUS
from ._tree import TREE
from ._zeros import ZEROS

PAPER = Paper(
    publication("2405.17501"),
    (LEMMA, EXAMPLE, BLIND, DIMENSION, ZEROS, PLATEAU, COPIED, TREE, PLATEAUS, DEPTH),
    ABSTRACT,
    "the full text of the first version.",
    emblem="tree",
)
