"""Which entries to observe next, and how far noise is amplified."""
