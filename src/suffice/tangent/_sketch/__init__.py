"""Ranks without the tangent matrix: random columns of it, from a traced model."""
