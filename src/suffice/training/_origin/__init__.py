"""Small initialisations: what happens near the origin, and where it leads."""
