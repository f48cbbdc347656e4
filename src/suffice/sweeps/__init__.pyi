"""The names of the chapter: types and lazy imports read this file."""

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
