"""Tables of measurements from files, cell by cell; apart since it imports pandas."""

from ._columns import is_text as is_text, numeric as numeric, place as place
from ._read import (
    did_you_mean as did_you_mean,
    read_frame as read_frame,
    TableError as TableError,
)
