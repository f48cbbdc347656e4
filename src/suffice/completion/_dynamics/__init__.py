"""Training of two factors: its trajectory, its plateaus and its limit."""
