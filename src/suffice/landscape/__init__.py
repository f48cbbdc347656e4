"""Where gradient flow can rest: the sets of parameters that share one function."""
