"""A law as a model: its arguments, its derivatives, and what it is written in."""
