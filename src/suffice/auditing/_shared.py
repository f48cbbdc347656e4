"""What other chapters need of `auditing` and users do not."""

from ._result import described as described
from ._table import read_numbers as read_numbers
