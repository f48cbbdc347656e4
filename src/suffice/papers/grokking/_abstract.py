"""The statements of the abstract of arXiv:2405.17479."""

from suffice.report._shared import Sentence

ABSTRACT = (
    Sentence(
        "grok-phenomenon",
        "Grokking: networks first fit the training data and later generalise.",
        "At quick sizes only the run on digits with weight decay shows this; without "
        "weight decay the late rise needs the sizes of the paper.",
    ),
    Sentence(
        "grok-low-first",
        "Networks first learn frequencies that are not salient in the test data.",
    ),
    Sentence("grok-synthetic", "This is seen on synthetic data."),
    Sentence("grok-real", "It is seen on real data, too."),
    Sentence(
        "grok-explains",
        "Frequencies give a new explanation of grokking and of its mechanism.",
        "An explanation; only the order of frequencies behind it is tested.",
    ),
)
