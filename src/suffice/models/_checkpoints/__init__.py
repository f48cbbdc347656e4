"""Transformers from the checkpoints of other libraries."""
