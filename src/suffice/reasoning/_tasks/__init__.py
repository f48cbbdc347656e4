"""What a transformer is trained on: composite anchor functions and chains."""
