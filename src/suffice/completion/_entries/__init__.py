"""Observed entries: masks, values and the graph of observations."""
