"""Random degenerate models, whose ranks the package and exact arithmetic decide."""
