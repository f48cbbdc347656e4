"""What the numbers of results and pages rest on: papers, and sections of the docs."""

from ._grounds import Grounds, HERE
from ._publications import publication


def _here(document: str, section: str, statement: str = HERE) -> Grounds:
    return Grounds(statement, None, document, section)


def _paper(statement: str, arxiv: str, document: str, section: str) -> Grounds:
    return Grounds(statement, publication(arxiv), document, section)


_RECOVERY = ("theory/recovery.md", "Recovery from samples")
_CRITICAL = (
    "theory/landscape.md",
    "Critical points of a network inside those of a wider one",
)
_MINIMA = ("theory/landscape.md", "Branches of the global minima")
_TRAINING = ("theory/completion.md", "What training makes of the rest")
_SMALL = ("theory/recovery.md", "What training adds")
_REDUCTION = ("theory/reduction.md", "Reduction")
_MECHANISM = ("theory/reasoning.md", "Behaviour and mechanism")
_MEASURES = ("theory/reasoning.md", "Measures")

# Ranks and reductions
TANGENT = _paper(
    "Definition 2", "2211.11623", "theory/certainty.md", "Which ranks are proved"
)
STRATA = _paper("Section 3", "2211.11623", "theory/rank.md", "Rank and sample size")
REDUCTION = _paper("critical reduction", "2405.17501", *_REDUCTION)
CLUSTERS = _paper("clusters of neurons after training", "2105.14573", *_REDUCTION)

# Samples
SIZE = _paper("Theorem 1", "2406.18035", "theory/rank.md", "Rank and sample size")
GUARANTEE = _paper("Definition 2 and Lemma 7", "2406.18035", *_RECOVERY)
SEPARATION = _paper("Theorem 5.4", "2309.00508", *_MINIMA)
BRANCHES = _paper("Table 1", "2405.13787", *_MINIMA)
AMPLIFICATION = _here(*_RECOVERY)

# Audits
CHOICE = _here(
    "audit.md", "A law without noise", "cross-validation, one standard error"
)
NOISE_LEVEL = _here("theory/auditing.md", "Noise", "repeats, residuals, F-test")
CHANCES = _here("theory/auditing.md", "Classes and counts", "meaning of the words")
INPUTS = _here("theory/auditing.md", "Which inputs matter", "permutation test")
NEXT = _here("theory/auditing.md", "What to measure next", "least mean variance")
MORE_ROWS = _here(
    "theory/auditing.md", "How the error goes on", "continued learning curve"
)
AUDIT = _here("audit.md", "What the answers rest on", "assumptions and limits")

# Sweeps
PHASES = _here("sweeps.md", "Look", "counts and their intervals")

# Matrices
MATRIX_SIZE = _paper(
    "Theorem 3", "2307.08921", "theory/rank.md", "Rank and sample size"
)
CONNECTIVITY = _paper(
    "classes of the observation graph",
    "2405.13721",
    "theory/completion.md",
    "Matrices from entries",
)
DETERMINED = _here("theory/completion.md", "How it is decided")
UNIQUE = _here("theory/completion.md", "Finite is not unique")
OBSERVE = _here("theory/completion.md", "What to observe next")
NOISE = _here("theory/completion.md", "How noise is amplified")
RANK = _here("completion.md", "Which rank, and which offsets", "the rule for the rank")
EXPECTED = _here("completion.md", "How far filled entries are off")
BIAS = _paper("minimum nuclear norm", "2405.13721", *_TRAINING)
LEVELS = _paper("invariant manifolds", "2405.13721", *_TRAINING)
LEAVING = _paper("escape of a saddle along the residual", "2405.13721", *_TRAINING)
GREEDY = _paper("greedy low-rank learning", "2012.09839", *_TRAINING)
FIT = _here("completion.md", "Words in the answer", "meaning of the words")

# Laws
LAW = _here("laws.md", "What any data can determine")
LAW_FIT = _here("laws.md", "What your data determine")
LAW_DESIGN = _here("laws.md", "What to measure next")

# Critical points
LIES_ON_BRANCH = _paper("Theorem 5.1", "2405.17501", *_CRITICAL)
SADDLES = _paper("Propositions 5.1 and 5.2", "2405.17501", *_CRITICAL)
EMBEDDING = _paper("embedding principle", "2105.14573", *_CRITICAL)
HIERARCHY = _paper("critical embeddings", "2111.15527", *_CRITICAL)
COUNTS = _here(*_CRITICAL)
ZEROS = _paper("Example 3.2", "2405.17501", *_CRITICAL)

# Global minima
SHARED = _paper("branches of parameters that share a function", "2309.00508", *_MINIMA)
MORSE_BOTT = _paper("Lemma 4.2 (c)", "2309.00508", *_MINIMA)
RATES = _paper("Theorem 5.3", "2309.00508", *_MINIMA)
CERTIFICATE = _here(*_MINIMA)

# Small initialisation
GROWTH = _paper("Section 4", "2405.13787", *_SMALL)
ORBITS = _paper("Theorem 1", "2405.13787", *_SMALL)
CONDENSED = _paper("Figure 6", "2405.13787", *_SMALL)

# Forecasts
LABELS = _paper("Equation 2", "2405.17479", "theory/spectra.md", "Definitions")
FLOORS = _here("theory/spectra.md", "Floors")
VERDICTS = _here("theory/spectra.md", "Verdicts")
CIRCUIT = _paper(
    "waves on the group", "2301.05217", "theory/spectra.md", "Modular addition"
)
FORECAST = _here("theory/spectra.md", "Before training")
KERNEL = _paper(
    "linearised training", "1806.07572", "theory/spectra.md", "Before training"
)
DECAY = _paper("reduced loss", "2210.01117", "theory/spectra.md", "Before training")

# Transformers
ANSWERS = _paper("Figure 2", "2405.05409", *_MECHANISM)
ROUTES = _paper("Figure 3", "2405.05409", *_MEASURES)
VECTORS = _paper("Figure 5", "2405.05409", *_MEASURES)
COMPLEXITY = _paper("Figure 6", "2405.05409", *_MEASURES)
MECHANISM = _here(*_MECHANISM)
CHAINS = _paper(
    "chains in and out of distribution", "2405.15302", "theory/reasoning.md", "Matching"
)
MATCHING = _paper(
    "matching matrices and kernels", "2405.15302", "theory/reasoning.md", "Matching"
)
STEPS = _here("theory/reasoning.md", "How many steps fit")

# Papers
JUDGED = _here("papers.md", "How a claim is judged", "claim against computation")
