"""What other chapters need of `completion` and users do not."""

from ._entries._mask import check_rank as check_rank
from ._write_entries import entries_text as entries_text
