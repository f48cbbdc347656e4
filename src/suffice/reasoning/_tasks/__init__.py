"""The tasks of transformers: composite anchor functions and chains."""
