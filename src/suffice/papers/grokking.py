"""Grokking from the perspective of frequency, arXiv:2405.17479."""

from ._grokking_activations import ACTIVATION
from ._grokking_images import IMAGES
from ._grokking_kernel import KERNEL
from ._grokking_line import LINE
from ._grokking_parity import PARITY
from ._paper import Paper

PAPER = Paper(
    "grokking",
    "A rationale from frequency perspective for grokking in training neural network",
    "2405.17479",
    (LINE, ACTIVATION, PARITY, IMAGES, KERNEL),
)
