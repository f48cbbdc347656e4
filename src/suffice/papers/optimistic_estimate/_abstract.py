"""The statements of the abstract of arXiv:2307.08921."""

from suffice.report._shared import Sentence

ABSTRACT = (
    Sentence(
        "optimistic-size",
        "The optimistic sample size is the smallest from which a nonlinear model can "
        "recover a target.",
    ),
    Sentence(
        "optimistic-models",
        "It is estimated for matrix factorisation, deep models, and networks with "
        "fully connected or convolutional layers.",
        "Deep models are tested on the pages of rank-stratification (products of "
        "factors) and local-linear-recovery (deep networks).",
    ),
    Sentence(
        "optimistic-subset",
        "Experiments confirm for each model which targets can be fitted from fewer "
        "samples than there are parameters.",
    ),
    Sentence("optimistic-width", "Expressiveness in width is free."),
    Sentence("optimistic-connection", "Expressiveness in connection is costly."),
    Sentence(
        "optimistic-design",
        "So neurons and kernels may be added freely, and connections should be few.",
        "Advice that follows from the two properties above.",
    ),
    Sentence(
        "optimistic-potential",
        "The estimate shows a large potential of nonlinear models, and helps to "
        "understand how it is realised.",
        "An outlook, which no computation decides.",
    ),
)
