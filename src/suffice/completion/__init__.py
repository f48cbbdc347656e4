"""Matrices from a few of their entries: what those determine, and what training adds."""
