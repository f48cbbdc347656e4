"""What a table says: least squares, intervals, other solutions, checks."""
