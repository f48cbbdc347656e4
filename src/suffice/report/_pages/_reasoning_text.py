"""Captions and limits of the page of a transformer."""

from suffice.reasoning import AnchorReasons, ChainReasons

LIMITS = {
    AnchorReasons: (
        "Behaviour (which answer) and mechanism (which route) are two axes: a "
        "symmetric route may extend to the unseen pair, an inferential one may give "
        "the answer of the mirror.",
        "The mechanism is decided by cutting edges of attention on seen pairs. "
        "Attention alone shows which routes are possible, not which are needed.",
        "An unseen pair decides only where composing its anchors and mirroring it give "
        "different answers, or where its mirror is unseen too.",
        "The results are those of one transformer, trained from one seed; other seeds "
        "can give other results. A sweep trains many.",
    ),
    ChainReasons: (
        "Accuracy out of distribution is on pairs that never occur in training.",
        "Scores of matching are those of one path of heads in increasing layers: of "
        "the paths that attend to what they need, the one whose weakest step matches "
        "best. A circuit that is helped by the perceptrons, or that shares a step "
        "between heads, can leave these scores at chance.",
        "Available steps bound what information can have reached the last position, "
        "whatever the width.",
    ),
}
ROUTE = "route that seen pairs depend on"
SHARES = {
    AnchorReasons: "Each bar is a share of the sequences that were tried.",
    ChainReasons: (
        "Each bar is a share of the sequences that were tried. In distribution the "
        "pairs are as in training, out of distribution none of them occurred there. "
        "The last bar counts sequences whose order of pairs lets the answer reach the "
        "last position."
    ),
}
COLUMNS = (
    "Tokens that match: the share of rows that are largest on the diagonal; the same "
    "for random vectors of equal lengths. Score: the mean of the diagonal after a "
    "softmax of every row. Cosine: between the matching kernel and the identity, 1 "
    "where it matches perfectly. Attention: what the last position gives to the pair "
    "of this step, in and out of distribution."
)
HEADS = (
    "Mean attention of every head in distribution: previous token is what the second "
    "token of a pair gives to the first, step l what the last position gives to the "
    "pair of step l."
)
PARTS = (
    "Changes on training sequences, with standard errors, where the output of one part "
    "is replaced by its mean over the sequences, position by position."
)
OFF = (
    "Answers on unseen pairs by their distance from the inferential answer, which "
    "is at 0."
)
VECTORS_CAPTION = (
    "Cosines of the last position after the attention of layer 1, seen pairs sorted by "
    "their answer: blocks on the diagonal are equal answers. The table says how often "
    "the larger cosine belongs to equal answers; by chance it is 0.5."
)
QUERIES = (
    "Cosines of the query neurons of layer 0, those of one direction side by side: few "
    "large blocks are condensed weights."
)
