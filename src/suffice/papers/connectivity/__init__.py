"""Connectivity shapes implicit regularisation in completion, arXiv:2405.13721."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._bias import FIGURE_1
from ._blocks import FIGURE_4
from ._larger import TEN_BY_TEN
from ._levels import FIGURE_3

PAPER = Paper(
    publication("2405.13721"),
    (FIGURE_1, TEN_BY_TEN, FIGURE_3, FIGURE_4),
    ABSTRACT,
    "the abstract, captions of figures and summaries; the text could not be opened.",
)
