"""Recovery of a single neuron, arXiv:2405.13787."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._branches import BRANCHES
from ._one_input import ONE_INPUT
from ._orbits import ORBITS
from ._scale import EVEN, RANDOM, RATE
from ._sizes import SIZES
from ._three_inputs import THREE_INPUTS
from ._wide import WIDE

PAPER = Paper(
    publication("2405.13787"),
    (SIZES, EVEN, RANDOM, RATE, ORBITS, BRANCHES, ONE_INPUT, WIDE, THREE_INPUTS),
    ABSTRACT,
    "the full text.",
    emblem="figure-1",
)
