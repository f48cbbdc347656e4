"""The main job: from a table of measurements to how many of them suffice."""

from ._read import TableError as TableError
from ._table import read_pool as read_pool, read_table as read_table, Table as Table
