"""The optimistic estimate, arXiv:2307.08921."""

from ._entries import LARGER, PLANNED, SCALE
from ._paper import Paper
from ._toy import TOY, TOY_SCALE
from ._windows import WINDOWS

PAPER = Paper(
    "optimistic-estimate",
    "Optimistic estimate uncovers the potential of nonlinear models",
    "2307.08921",
    (TOY, PLANNED, TOY_SCALE, SCALE, WINDOWS, LARGER),
)
