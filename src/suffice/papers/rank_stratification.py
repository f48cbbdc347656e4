"""Linear stability hypothesis and rank stratification, arXiv:2211.11623."""

from ._entries import PLANNED, SCALE, SEQUENCE
from ._paper import Paper
from ._strata import STRATA
from ._toy import TOY, TOY_SCALE

PAPER = Paper(
    "rank-stratification",
    "Linear stability hypothesis and rank stratification for nonlinear models",
    "2211.11623",
    (TOY, PLANNED, TOY_SCALE, SCALE, SEQUENCE, STRATA),
)
