"""One module per paper: its experiments, its figures, its claims as data."""
