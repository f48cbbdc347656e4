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

The names come when they are asked for: what only reads files must not pay for JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
