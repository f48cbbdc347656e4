"""Grids of trained transformers, and the solutions that they found."""
