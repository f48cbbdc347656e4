"""Training of two factors: where it goes and what it visits."""
