"""Connectivity shapes implicit regularisation in completion, arXiv:2405.13721."""

from ._connectivity_bias import FIGURE_1, TEN_BY_TEN
from ._connectivity_blocks import FIGURE_4
from ._connectivity_levels import FIGURE_3
from ._paper import Paper

PAPER = Paper(
    "connectivity",
    "Connectivity shapes implicit regularization in matrix factorization models for "
    "matrix completion",
    "2405.13721",
    (FIGURE_1, TEN_BY_TEN, FIGURE_3, FIGURE_4),
)
