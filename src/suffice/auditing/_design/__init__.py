"""What to measure next: where one may measure, which candidates, in which order."""
