"""What a trained transformer answers, and by which mechanism."""
