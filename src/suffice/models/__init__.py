"""Points of parameter space.

A model is a pytree that can be called on one input; its floating-point leaves are the
parameters, so a model *is* a point of parameter space. The models below are those of
the theory. Any other callable pytree works in their place.
"""

from ._activation import (
    Activation as Activation,
    activation as activation,
    ACTIVATIONS as ACTIVATIONS,
    polynomial as polynomial,
)
from ._deep import DeepNetwork as DeepNetwork
from ._domain import (
    Domain as Domain,
    Points as Points,
    RealSpace as RealSpace,
    Sphere as Sphere,
)
from ._two_layer import TwoLayer as TwoLayer
