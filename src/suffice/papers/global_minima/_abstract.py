"""The statements of the abstract of arXiv:2309.00508."""

from suffice.report._shared import Sentence

ABSTRACT = (
    Sentence(
        "minima-structure",
        "The structure of the loss landscape near global minima is described, under "
        "mild assumptions.",
    ),
    Sentence(
        "minima-set", "The set of parameters that generalise perfectly is determined."
    ),
    Sentence("minima-flows", "The gradient flows around this set are characterised."),
    Sentence(
        "minima-factors",
        "Model, target, samples and initialisation affect training in different ways.",
        "Tested for model, target and samples; the initialisation is near the "
        "branches.",
    ),
    Sentence(
        "minima-explain",
        "This explains why overparameterised networks can generalise well.",
        "An explanation, which no computation decides.",
    ),
)
