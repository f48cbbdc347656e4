"""Networks and their loss as NumPy arrays: gradient, Hessian, inertia."""
