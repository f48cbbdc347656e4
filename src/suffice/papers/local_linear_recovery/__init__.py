"""Local linear recovery guarantee of deep networks, arXiv:2406.18035."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper
from suffice.papers._sample_size._kernels import KERNELS
from suffice.papers._sample_size._stability import STABILITY
from suffice.papers._sample_size._windows import WINDOWS

from ._abstract import ABSTRACT
from ._narrow import DEEP, NARROW
from ._random_sets import GUARANTEE

PAPER = Paper(
    publication("2406.18035"),
    (NARROW, DEEP, STABILITY, GUARANTEE, KERNELS, WINDOWS),
    ABSTRACT,
    "the full text of the first version on arXiv; of the version in JMLR the abstract.",
)
