"""Networks of piecewise linear neurons: linear regions and the exact rank."""
