"""Files of entries, read into one table."""
