"""The branches of the global minima: which there are, how they meet, what they need."""
