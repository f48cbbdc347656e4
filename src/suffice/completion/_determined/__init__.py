"""What the observed entries determine, by algebra alone."""
