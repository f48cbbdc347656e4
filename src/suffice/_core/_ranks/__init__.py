"""What rank a matrix has: exactly, and from singular values with their errors."""
