"""The optimistic estimate, arXiv:2307.08921."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper
from suffice.papers._sample_size._kernels import KERNELS
from suffice.papers._sample_size._planned import PLANNED
from suffice.papers._sample_size._scales import SCALE
from suffice.papers._sample_size._toy import TOY, TOY_SCALE
from suffice.papers._sample_size._windows import WINDOWS

from ._abstract import ABSTRACT
from ._larger import LARGER

PAPER = Paper(
    publication("2307.08921"),
    (TOY, PLANNED, TOY_SCALE, SCALE, KERNELS, WINDOWS, LARGER),
    ABSTRACT,
    "the full text of the first version on arXiv; of the later one the abstract.",
    emblem="three-windows",
)
