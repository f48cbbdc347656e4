"""Names of `architectures` that other chapters import and users do not need."""

from ._specs import Architecture as Architecture, KINDS as KINDS
