"""The networks of the bars, by name and size."""

import jax

DEEP = (20, 10, 10, 10, 1)  # rank 441
SHALLOW = (20, 8, 1)  # rank 177
KEY = jax.random.key(0)
# Copies of each neuron: P = 1e4, 1e5, 1e6, 1e7 and 1e8 for DEEP, 1e6 for SHALLOW.
COPIES = {
    **{"1e4": 6, "1e5": 22, "1e6": 70, "1e7": 223, "1e8": 706},
    "shallow": 5680,
}


def size(name, quick):
    """Copies for a size; a smoke test takes the smallest."""
    return COPIES["1e4"] if quick else COPIES[name]
