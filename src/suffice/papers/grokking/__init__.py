"""Grokking from the perspective of frequency, arXiv:2405.17479."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._activations import ACTIVATION
from ._images import IMAGES
from ._kernel import KERNEL
from ._line import LINE
from ._parity import PARITY

PAPER = Paper(
    publication("2405.17479"),
    (LINE, ACTIVATION, PARITY, IMAGES, KERNEL),
    ABSTRACT,
    "passages and captions of the first version, with the authors' code.",
)
