"""Matrices of low rank, fitted to observed entries."""
