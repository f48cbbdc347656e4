"""Points of the landscape: their classification, and ways out of saddles."""
