"""What other chapters need of `auditing` and users do not."""

from ._category import readable as readable
from ._design._factors import Factor as Factor, holds as holds, space as space
from ._design._fill import filled as filled
from ._design._linear import Condition as Condition
from ._inputs import read_rows as read_rows
from ._noise import MISFIT as MISFIT
from ._predictor._relevance import USED as USED
from ._result import beaten as beaten, counted as counted, described as described
