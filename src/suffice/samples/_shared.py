"""What other chapters need of `samples` and users do not."""

from ._basis import tangent_basis as tangent_basis
