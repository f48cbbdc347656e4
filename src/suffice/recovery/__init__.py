"""Recovery by training: studies of when gradient training finds the target."""
