"""When transformers infer and when they memorise, arXiv:2405.05409."""

from suffice._core.literature import publication
from suffice.papers._paper import Paper

from ._abstract import ABSTRACT
from ._circuits import CIRCUITS
from ._complexity import COMPLEXITY
from ._exception import EXCEPTION
from ._phases import PHASES
from ._routes import ROUTES

PAPER = Paper(
    publication("2405.05409"),
    (PHASES, ROUTES, COMPLEXITY, CIRCUITS, EXCEPTION),
    ABSTRACT,
    "the full text of the version at NeurIPS 2024, with the authors' code and logs.",
)
