"""Names of `models` that other chapters import and users do not need."""

from ._activation import Leftover as Leftover, Phase as Phase
from ._activations import leaky as leaky
from ._domain import input_shape as input_shape, own_domain as own_domain
from ._linear import identity as identity
from ._pure import require_pure as require_pure
from ._recognised import (
    network_of as network_of,
    recognised as recognised,
    recognised_on as recognised_on,
)
