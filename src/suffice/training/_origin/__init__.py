"""Training from small initialisations: the dynamics near the origin."""
