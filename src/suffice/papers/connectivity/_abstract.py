"""The statements of the abstract of arXiv:2405.13721."""

from suffice.report._shared import BACKGROUND, Sentence

ABSTRACT = (
    Sentence(
        "matrix-testbed",
        "Matrix factorisation is a test bed for implicit bias; when, how and why its "
        "bias is to low rank or to low nuclear norm was not understood as one.",
        BACKGROUND,
    ),
    Sentence(
        "matrix-connectivity",
        "Whether the observed entries are connected decides the implicit bias: low "
        "rank if they are, low nuclear norm if not.",
    ),
    Sentence(
        "matrix-increase",
        "As observations increase, data turn from disconnected to connected, and the "
        "bias turns with them.",
    ),
    Sentence(
        "matrix-manifolds",
        "A hierarchy of intrinsic invariant manifolds leads training from solutions of "
        "low rank to those of higher rank.",
    ),
    Sentence(
        "matrix-traversal",
        "Training traverses these manifolds one after the other; this generalises "
        "greedy low-rank learning (Li et al. 2020) to disconnected entries.",
    ),
    Sentence("matrix-norm", "There are conditions for the least nuclear norm."),
    Sentence(
        "matrix-rank",
        "There is a condition on the dynamics for the least rank.",
        "Tested where it holds: every plateau is the best matrix of its rank, and the "
        "rank is the least.",
    ),
    Sentence(
        "matrix-interplay",
        "The work shows how connectivity, dynamics and implicit bias play together.",
        "A summary of the statements above.",
    ),
)
