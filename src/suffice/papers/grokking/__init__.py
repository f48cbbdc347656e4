"""Grokking from the perspective of frequency, arXiv:2405.17479."""

from suffice.papers._paper import Paper

from ._activations import ACTIVATION
from ._images import IMAGES
from ._kernel import KERNEL
from ._line import LINE
from ._parity import PARITY

PAPER = Paper(
    "grokking",
    "A rationale from frequency perspective for grokking in training neural network",
    "2405.17479",
    (LINE, ACTIVATION, PARITY, IMAGES, KERNEL),
)
