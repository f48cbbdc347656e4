"""Tables of measurements from files, cell by cell; apart since it imports pandas.

A file becomes text (`_text`), its separator is found (`_separator`), its lines become
cells (`_cells`), and cells become numbers (`_numbers`). What a reader wants on top is
small: a data frame with names (`_frame`, `_columns`), or a matrix or triplets of
entries (in the chapter on completion).
"""

from suffice._core._reading import (
    did_you_mean as did_you_mean,
    TableError as TableError,
)

from ._cells import Cells as Cells, read_cells as read_cells
from ._columns import is_text as is_text, numeric as numeric, place as place
from ._frame import check_columns as check_columns, read_frame as read_frame
from ._numbers import (
    decimal_points as decimal_points,
    is_missing as is_missing,
    is_number as is_number,
)
