"""Names of `reduction` that other chapters import and users do not need."""

from ._mirrors import mirrored as mirrored
