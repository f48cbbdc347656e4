"""Tables of measurements from files; a separate package because it imports pandas.

A file is read as text (`_text`), its separator is determined (`_separator`), its lines
are split into cells (`_cells`), and cells are converted to numbers (`_numbers`). The
result is a data frame with names (`_frame`, `_columns`) or, in the chapter on
completion, a matrix or a list of its entries.
"""

from suffice._core._reading import (
    did_you_mean as did_you_mean,
    TableError as TableError,
)

from ._cells import Cells as Cells, read_cells as read_cells
from ._columns import (
    DROP as DROP,
    drop_flag as drop_flag,
    is_text as is_text,
    numeric as numeric,
    place as place,
)
from ._frame import check_columns as check_columns, read_frame as read_frame
from ._matrix import read_numbers as read_numbers
from ._numbers import (
    as_numbers as as_numbers,
    decimal_points as decimal_points,
    is_missing as is_missing,
    is_number as is_number,
    without_percent as without_percent,
)
from ._separator import UNIT as UNIT
