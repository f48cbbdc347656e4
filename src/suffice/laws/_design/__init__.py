"""What to measure: designs, and how many rows an interval needs."""
