"""What other chapters need of `auditing` and users do not."""

from ._category import readable as readable
from ._inputs import read_rows as read_rows
from ._noise import MISFIT as MISFIT
from ._result import beaten as beaten, counted as counted, described as described
