"""How transformers match in multi-step reasoning, arXiv:2405.15302."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._bound import BOUND
from ._chains import CHAINS
from ._matrices import MATRICES
from ._noise import NOISE

PAPER = Paper(
    publication("2405.15302"),
    (CHAINS, MATRICES, NOISE, BOUND),
    ABSTRACT,
    "the abstract and the first page only.",
)
