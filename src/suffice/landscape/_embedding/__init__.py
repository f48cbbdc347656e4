"""Narrow networks inside wide ones, with neurons that change nothing."""
