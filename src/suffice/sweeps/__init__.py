"""Many cells, one store: run, resume, extend and read grids of experiments."""

from ._grid import read_study as read_study, with_field as with_field
from ._plain import from_plain as from_plain, to_plain as to_plain
from ._seeds import value_seed as value_seed
from ._study import Study as Study, Variable as Variable
