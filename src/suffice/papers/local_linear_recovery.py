"""Local linear recovery guarantee of deep networks, arXiv:2406.18035."""

from ._entries import GUARANTEE
from ._narrow import DEEP, NARROW
from ._paper import Paper
from ._windows import WINDOWS

PAPER = Paper(
    "local-linear-recovery",
    "Local linear recovery guarantee of deep neural networks at overparameterization",
    "2406.18035",
    (NARROW, DEEP, GUARANTEE, WINDOWS),
)
