"""Points of the landscape: which sort they are, and the way out."""
