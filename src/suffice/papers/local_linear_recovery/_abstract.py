"""The statements of the abstract of arXiv:2406.18035."""

from suffice.report._shared import BACKGROUND, Sentence

ABSTRACT = (
    Sentence(
        "llr-issue",
        "Whether deep networks recover targets reliably at overparameterisation is a "
        "critical and complex question.",
        BACKGROUND,
    ),
    Sentence(
        "llr-weaker", "Local linear recovery is weaker than recovery of the target."
    ),
    Sentence(
        "llr-narrow",
        "Functions of narrower networks are guaranteed to be recoverable, in this "
        "sense, from fewer samples than there are parameters.",
    ),
    Sentence(
        "llr-bounds",
        "There are upper limits of the optimistic sample size of functions in the "
        "space of a deep network.",
    ),
    Sentence("llr-attained", "Two-layer tanh networks attain these limits."),
    Sentence(
        "llr-ground",
        "The results prepare the study of recovery by overparameterised networks.",
        "An outlook, which no computation decides.",
    ),
)
