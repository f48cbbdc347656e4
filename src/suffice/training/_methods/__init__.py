"""Training methods for many members at once, and the loop that drives them."""
