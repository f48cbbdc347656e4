"""What is on each page."""
