"""The statements of the abstract of arXiv:2405.13787."""

from suffice.report._shared import Sentence

ABSTRACT = (
    Sentence(
        "neuron-fewer",
        "Overparameterised models can recover targets from fewer samples than they "
        "have parameters.",
    ),
    Sentence(
        "neuron-scale", "A smaller initialisation goes with better generalisation."
    ),
    Sentence(
        "neuron-ratio",
        "From small initialisations the initial imbalance ratio governs training and "
        "generalisation.",
    ),
    Sentence(
        "neuron-align",
        "Two critical sample sizes, the optimistic and the separation sample size, "
        "agree with the theory of arXiv:2307.08921 and arXiv:2309.00508.",
    ),
    Sentence("neuron-below", "Below the optimistic sample size nothing is recovered."),
    Sentence(
        "neuron-at",
        "At the optimistic sample size a set of initialisations of measure zero "
        "recovers.",
    ),
    Sentence(
        "neuron-separation",
        "From the separation sample size on a set of positive measure recovers.",
    ),
    Sentence(
        "neuron-view",
        "The simple case gives a view of perfect generalisation in general.",
        "An outlook, which no computation decides.",
    ),
)
