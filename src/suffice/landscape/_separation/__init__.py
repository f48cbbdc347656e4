"""Certificates that samples separate the target from other global minima."""
