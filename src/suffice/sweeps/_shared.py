"""What other chapters need of `sweeps` and users do not."""

from ._plain import from_plain as from_plain
from ._store._dataset import DONE as DONE
from ._sweep import check_workers as check_workers
