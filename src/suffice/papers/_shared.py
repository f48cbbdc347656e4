"""What other chapters need of `papers` and users do not."""

from ._names import ALL as ALL, check_name as check_name
