"""Readers of files of observed entries."""
