"""Fractions of successes: intervals, isotonic fits, and thresholds."""
