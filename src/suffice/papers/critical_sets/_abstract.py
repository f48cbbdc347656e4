"""The statements of the abstract of arXiv:2405.17501."""

from suffice.report._shared import Sentence

ABSTRACT = (
    Sentence(
        "critical-operators",
        "The operators of critical embedding and critical reduction map critical "
        "points to critical points.",
    ),
    Sentence(
        "critical-whole",
        "From one critical point they uncover the whole critical set with the same "
        "output function.",
    ),
    Sentence("critical-hierarchy", "This set has a hierarchical structure."),
    Sentence(
        "critical-saddles",
        "A critical set whose function a narrower network expresses has branches of "
        "saddles.",
    ),
    Sentence(
        "critical-ground",
        "The results prepare the study of optimisation and training.",
        "An outlook, which no computation decides.",
    ),
)
