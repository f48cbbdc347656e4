"""The statements of the abstract of arXiv:2405.15302."""

from suffice.report._shared import BACKGROUND, Sentence

ABSTRACT = (
    Sentence(
        "match-struggle",
        "Large language models have struggled with complex reasoning.",
        "A statement about large language models, none of which is tested here.",
    ),
    Sentence(
        "match-inside",
        "Knowing how models reason inside helps to design better ones and to train "
        "them better.",
        BACKGROUND,
    ),
    Sentence(
        "match-mechanism",
        "Transformers reason in several steps by a matching mechanism, on a "
        "constructed data set.",
    ),
    Sentence("match-small", "A small initialisation helps this mechanism to form."),
    Sentence("match-post", "So does normalisation after each part (post-LayerNorm)."),
    Sentence("match-ability", "Both thereby raise the ability to reason."),
    Sentence("match-noise", "Orthogonal noise improves the ability to reason."),
    Sentence(
        "match-parallel",
        "Transformers reason in parallel.",
        "Not rerun: no transformer is trained on more steps than it has layers for.",
    ),
    Sentence(
        "match-bound",
        "A conjecture on the upper bound of the ability to reason follows.",
        "Tested for the propagation of steps, not for trained transformers.",
    ),
    Sentence(
        "match-guide",
        "The insights guide the design of architectures and of training.",
        "An outlook, which no computation decides.",
    ),
)
