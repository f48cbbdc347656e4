"""What other chapters need of `models` and users do not."""

from ._activation import Leftover as Leftover, Phase as Phase
from ._from_equinox import recognised as recognised
