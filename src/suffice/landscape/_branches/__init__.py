"""The branches of the global minima: counts, intersections and sample sizes."""
