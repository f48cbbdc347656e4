"""Random ReLU networks."""

import jax.numpy as jnp
import numpy as np

from suffice.models import (
    DeepNetwork,
)


def network(widths, seed, function="relu", bias=True):
    """Parameters k / 8 from a congruential generator, layer by layer."""
    state = seed

    def draw(*shape):
        nonlocal state
        numbers = []
        for _ in range(int(np.prod(shape))):
            state = (1103515245 * state + 12345) % 2**31
            numbers.append((state // 65536 % 33 - 16) / 8)
        return jnp.asarray(numbers).reshape(shape)

    weights, biases = [], []
    for layer in range(len(widths) - 1):
        last = layer == len(widths) - 2 and widths[-1] == 1
        head = () if last else (widths[layer + 1],)
        weights.append(draw(*head, widths[layer]))
        if bias:
            biases.append(draw(*head))
    return DeepNetwork(tuple(weights), tuple(biases) if bias else None, function)
