"""Recovery of a single neuron, arXiv:2405.13787."""

from suffice._core import publication
from suffice.papers._paper import Paper

from ._orbits import BRANCHES, ONE_INPUT, ORBITS, THREE_INPUTS, WIDE
from ._scale import EVEN, RANDOM, RATE
from ._sizes import SIZES

PAPER = Paper(
    publication("2405.13787"),
    (SIZES, EVEN, RANDOM, RATE, ORBITS, BRANCHES, ONE_INPUT, WIDE, THREE_INPUTS),
)
