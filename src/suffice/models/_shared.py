"""Names of `models` that other chapters import and users do not need."""

from ._activation import Leftover as Leftover, Phase as Phase
from ._activations import leaky as leaky
from ._check import require_pure as require_pure
from ._linear import identity as identity
from ._recognised import (
    network_of as network_of,
    recognised as recognised,
    recognised_on as recognised_on,
)
