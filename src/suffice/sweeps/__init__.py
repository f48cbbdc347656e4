"""Many cells, one store: run, resume, extend and read grids of experiments.

A study is a frozen dataclass with a grid over its own fields. A store is a folder with
lists of cells (segments) and one file for each finished cell, which vouches for its
content. A cell, which is a point of the grid with a range of seeds, is the unit of
work. Random numbers depend on the values of the coordinates, never on positions. So a
store can be stopped, resumed and extended on any machine, and its numbers are bitwise
the same.

Describing a study: `Sweepable`, `Variable`, `read_study`, `with_field`, `value_seed`.
Running and reading it: `sweep`, `status`, `open_store`, `export`. Fractions and
thresholds: `wilson`, `find_threshold`, `monotone_fit`.
"""

from ._fractions._isotonic import monotone_fit as monotone_fit
from ._fractions._threshold import (
    find_threshold as find_threshold,
    SuccessThreshold as SuccessThreshold,
)
from ._fractions._wilson import wilson as wilson
from ._grid import read_study as read_study, with_field as with_field
from ._seeds import value_seed as value_seed
from ._store._dataset import open_store as open_store
from ._store._export import export as export
from ._store._status import Status as Status, status as status
from ._study import Sweepable as Sweepable, Variable as Variable
from ._sweep import sweep as sweep
