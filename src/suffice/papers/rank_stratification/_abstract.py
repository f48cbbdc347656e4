"""The statements of the abstract of arXiv:2211.11623."""

from suffice.report._shared import BACKGROUND, Sentence

ABSTRACT = (
    Sentence(
        "strat-mystery",
        "Nonlinear models generalise well at overparameterisation, which is not "
        "understood.",
        BACKGROUND,
    ),
    Sentence(
        "strat-rank",
        "A rank stratification gives each function of a nonlinear model a model rank, "
        "its effective number of parameters.",
    ),
    Sentence(
        "strat-stable",
        "A target becomes linearly stable, almost surely, when there are as many "
        "samples as its model rank.",
    ),
    Sentence(
        "strat-hypothesis",
        "Nonlinear training prefers linearly stable functions (a hypothesis).",
    ),
    Sentence(
        "strat-size",
        "The model rank predicts the least number of samples from which a target is "
        "recovered.",
    ),
    Sentence(
        "strat-lower",
        "In matrix factorisation and in networks with fully connected or convolutional "
        "layers it can be much lower than the number of parameters.",
    ),
    Sentence(
        "strat-recovery",
        "So targets are recovered at heavy overparameterisation, as experiments show "
        "quantitatively.",
    ),
    Sentence(
        "strat-frame",
        "The work is one framework for recovery by general nonlinear models.",
        "A summary of the statements above.",
    ),
)
