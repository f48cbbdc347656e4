"""The names of the chapter: types and lazy imports read this file."""

from ._initialisation import (
    Imbalanced as Imbalanced,
    Limit as Limit,
    Near as Near,
    Normal as Normal,
)
from ._model import CustomModel as CustomModel
from ._samples import (
    Conditioned as Conditioned,
    Even as Even,
    Given as Given,
    Planned as Planned,
    Random as Random,
)
from ._scaling import Scaling as Scaling, tolerance_scaling as tolerance_scaling
from ._study import Study as Study
from ._summary import summary as summary
from ._target import (
    CustomTarget as CustomTarget,
    Matrix as Matrix,
    NamedFunction as NamedFunction,
    Neurons as Neurons,
    RandomNetwork as RandomNetwork,
)
from ._theory import theory_lines as theory_lines
from ._threshold import empirical_threshold as empirical_threshold
