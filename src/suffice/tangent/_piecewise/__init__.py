"""Networks of piecewise linear neurons: their cells, and their exact rank."""
