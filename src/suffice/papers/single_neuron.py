"""Recovery of a single neuron, arXiv:2405.13787."""

from ._neuron_orbits import BRANCHES, ONE_INPUT, ORBITS, THREE_INPUTS, WIDE
from ._neuron_scale import EVEN, RANDOM, RATE
from ._neuron_sizes import SIZES
from ._paper import Paper

PAPER = Paper(
    "single-neuron",
    "Disentangle sample size and initialization effect on perfect generalization for "
    "single-neuron target",
    "2405.13787",
    (SIZES, EVEN, RANDOM, RATE, ORBITS, BRANCHES, ONE_INPUT, WIDE, THREE_INPUTS),
)
