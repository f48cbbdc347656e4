"""How transformers match in multi-step reasoning, arXiv:2405.15302."""

from ._matching_bound import BOUND
from ._matching_chains import CHAINS
from ._matching_matrices import MATRICES
from ._matching_noise import NOISE
from ._paper import Paper

PAPER = Paper(
    "matching",
    "Towards understanding how transformers perform multi-step reasoning with matching "
    "operation",
    "2405.15302",
    (CHAINS, MATRICES, NOISE, BOUND),
)
