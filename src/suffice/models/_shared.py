"""Names of `models` that other chapters import and users do not need."""

from ._activation import Leftover as Leftover, Phase as Phase
from ._from_equinox import recognised as recognised
