"""Points of the landscape: their classification, and escapes from saddles."""
