"""What is drawn, on pages and for papers."""
