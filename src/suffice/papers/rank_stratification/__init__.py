"""Linear stability hypothesis and rank stratification, arXiv:2211.11623."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper
from suffice.papers._sample_size._planned import PLANNED
from suffice.papers._sample_size._scales import SCALE
from suffice.papers._sample_size._stability import STABILITY
from suffice.papers._sample_size._toy import TOY, TOY_SCALE
from suffice.papers._sample_size._windows import WINDOWS

from ._abstract import ABSTRACT
from ._sequences import SEQUENCE
from ._strata import STRATA

PAPER = Paper(
    publication("2211.11623"),
    (TOY, PLANNED, TOY_SCALE, SCALE, SEQUENCE, STRATA, STABILITY, WINDOWS),
    ABSTRACT,
    "the full text.",
)
