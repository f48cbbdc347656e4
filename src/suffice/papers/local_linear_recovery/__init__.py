"""Local linear recovery guarantee of deep networks, arXiv:2406.18035."""

from suffice.papers._paper import Paper
from suffice.papers._sample_size._entries import GUARANTEE
from suffice.papers._sample_size._windows import WINDOWS

from ._narrow import DEEP, NARROW

PAPER = Paper(
    "local-linear-recovery",
    "Local linear recovery guarantee of deep neural networks at overparameterization",
    "2406.18035",
    (NARROW, DEEP, GUARANTEE, WINDOWS),
)
