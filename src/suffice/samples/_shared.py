"""Names of `samples` that other chapters import and users do not need."""

from ._basis import tangent_basis as tangent_basis
