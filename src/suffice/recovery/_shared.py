"""What other chapters need of `recovery` and users do not."""

from ._summary import first_reaching as first_reaching
