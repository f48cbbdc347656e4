"""What other chapters need of `completion` and users do not."""

from ._write_entries import entries_text as entries_text
