"""Names of `samples` that other chapters import and users do not need."""

from ._basis import tangent_basis as tangent_basis
from ._inputs import domain_around as domain_around
from ._matrix_size import rank_size as rank_size, sparse_size as sparse_size
