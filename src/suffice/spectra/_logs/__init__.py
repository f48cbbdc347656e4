"""Curves of trainings from the files that loggers write, and the verdict on them."""
