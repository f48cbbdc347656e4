"""Many cells, one store: run, resume, extend and read grids of experiments."""

from ._dataset import open_store as open_store
from ._export import export as export
from ._grid import read_study as read_study, with_field as with_field
from ._plain import from_plain as from_plain, to_plain as to_plain
from ._seeds import value_seed as value_seed
from ._status import Status as Status, status as status
from ._study import Study as Study, Variable as Variable
from ._sweep import Progress as Progress, sweep as sweep
