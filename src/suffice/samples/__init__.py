"""The smallest numbers of samples that determine a target.

Samples determine a target, to first order, if no change of its parameters changes the
target without changing its values on the samples: this is the *guarantee*. The smallest
number of samples for which this is possible is the *optimistic sample size*; it is the
least rank among all parameters that express the target (arXiv:2406.18035, Theorem 1).
In reading order: `optimistic_sample_size` for one target, `stratification` for all
targets of a model, `guarantee` for given samples, `plan` to choose samples.
"""

from . import (  # each registers its kinds of targets
    _attention_size as _attention_size,
    _convolution_size as _convolution_size,
    _matrix_size as _matrix_size,
    _network_size as _network_size,
)
from ._closed_form import (
    attention_size as attention_size,
    convolution_size as convolution_size,
    deep_size as deep_size,
    matrix_size as matrix_size,
    neuron_size as neuron_size,
    symmetric_size as symmetric_size,
    tensor_size as tensor_size,
    two_layer_size as two_layer_size,
    untied_size as untied_size,
)
from ._guarantee import Guarantee as Guarantee, guarantee as guarantee
from ._plan import Plan as Plan, plan as plan
from ._sample_size import (
    optimistic_sample_size as optimistic_sample_size,
    SampleSize as SampleSize,
)
from ._stratification import (
    Stratification as Stratification,
    stratification as stratification,
)
