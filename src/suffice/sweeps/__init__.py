"""Many cells, one store: run, resume, extend and read grids of experiments."""
