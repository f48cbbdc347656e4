"""The statements of the abstract of arXiv:2405.05409."""

from suffice.report._shared import BACKGROUND, Sentence

ABSTRACT = (
    Sentence(
        "compose-debate",
        "Transformers do well on many tasks; how they do on compositional problems is "
        "debated.",
        BACKGROUND,
    ),
    Sentence(
        "compose-scale",
        "The scale of initialisation decides whether a transformer learns inferential "
        "solutions or symmetric ones.",
    ),
    Sentence(
        "compose-mechanisms",
        "The flow of information and the vectors inside show distinct mechanisms of "
        "the two.",
    ),
    Sentence(
        "compose-complexity", "Inferential solutions have a bias to low complexity."
    ),
    Sentence(
        "compose-hypothesis",
        "This bias may be what lets them learn the maps of single anchors.",
        "A hypothesis of the authors, which no computation here decides.",
    ),
    Sentence(
        "compose-predict",
        "The mechanisms predict how models learn data of varying inferential "
        "complexity.",
        "Not rerun: it needs trainings on data with several wrong pairs.",
    ),
    Sentence(
        "compose-insight",
        "The findings show what the scale of initialisation does to the solutions.",
        "A summary of the statements above.",
    ),
)
