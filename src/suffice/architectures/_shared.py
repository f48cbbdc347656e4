"""What other chapters need of the architectures, and users do not."""

from ._specs import Architecture as Architecture, KINDS as KINDS
