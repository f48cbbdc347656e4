"""What a target can be: a number, one of two classes, or a count."""
