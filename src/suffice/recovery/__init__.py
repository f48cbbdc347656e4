"""Studies of recovery: whether training finds the target, from how many samples.

A `Study` fixes the architecture, the target, the samples, the initialisation and the
method, and varies any of their fields on a grid; `suffice.sweeps.sweep` runs it.
`summary` counts the outcomes, with intervals; `theory_lines` returns the sample sizes
that theory predicts; `empirical_threshold` finds a sample size with few runs, and
`tolerance_scaling` tests whether recovery has positive probability.

Architectures are described by `suffice.architectures`, such as
`TwoLayerSpec(width=2, inputs=1)`.
"""

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
