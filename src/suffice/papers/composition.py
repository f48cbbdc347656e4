"""When transformers infer and when they memorise, arXiv:2405.05409."""

from ._composition_circuits import CIRCUITS
from ._composition_complexity import COMPLEXITY
from ._composition_phases import PHASES
from ._composition_routes import ROUTES
from ._paper import Paper

PAPER = Paper(
    "composition",
    "Initialization is critical to whether transformers fit composite functions by "
    "reasoning or memorizing",
    "2405.05409",
    (PHASES, ROUTES, COMPLEXITY, CIRCUITS),
)
