"""Networks whose rank is known: narrow ones, split into wide ones."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import torch

from suffice.models import DeepNetwork


def split_arrays(widths, copies, seed=0):
    """Weights and biases of a narrow tanh net whose neurons are split into copies.

    A copy keeps the incoming weights; its outgoing ones are one fraction of the
    neuron's. The rank stays the number of parameters of the narrow net.
    """
    rng = np.random.default_rng(seed)
    weights, biases, fractions = [], [], 1.0
    for layer, (a, b) in enumerate(itertools.pairwise(widths)):
        weight = 1.5 * rng.standard_normal((b, a)) / np.sqrt(a)
        bias = 0.5 * rng.standard_normal(b)
        if layer:
            weight = np.repeat(weight, copies, axis=1) * fractions
        if layer < len(widths) - 2:
            weight = np.repeat(weight, copies, axis=0)
            bias = np.repeat(bias, copies)
            shares = rng.uniform(0.5, 1.5, (b, copies))
            fractions = (shares / shares.sum(1, keepdims=True)).ravel()
        weights.append(weight)
        biases.append(bias)
    return weights, biases


def split_net(widths, copies, seed=0):
    weights, biases = split_arrays(widths, copies, seed)
    weights[-1], biases[-1] = weights[-1][0], biases[-1][0]
    return DeepNetwork(
        tuple(map(jnp.asarray, weights)), tuple(map(jnp.asarray, biases))
    )


def split_module(widths, copies, seed=0):
    """The same network as a torch module, in float64."""
    layers = []
    for weight, bias in zip(*split_arrays(widths, copies, seed), strict=True):
        linear = torch.nn.Linear(*weight.shape[::-1], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.as_tensor(weight))
            linear.bias.copy_(torch.as_tensor(bias))
        layers += [linear, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def inputs(n, size, seed=1):
    return np.random.default_rng(seed).standard_normal((n, size))


def stacked(widths, copies, count):
    nets = [split_net(widths, copies, seed) for seed in range(count)]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *nets)


def transformer(token_dim=128, tokens=256, hidden=256, heads=4, seed=0):
    """Embedding, one block of causal attention and a tanh layer, scalar read-out."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return jnp.asarray(rng.standard_normal(shape) / np.sqrt(shape[-1]))

    weights = {
        "table": draw(tokens, token_dim),
        "position": draw(16, token_dim),
        **{name: draw(token_dim, token_dim) for name in ("q", "k", "v", "o")},
        "up": draw(token_dim, hidden),
        "down": draw(hidden, token_dim),
        "read": draw(token_dim),
    }

    def forward(w, sequence):
        h = w["table"][sequence] + w["position"]
        q, k, v = (
            (h @ w[name]).reshape(16, heads, -1).swapaxes(0, 1) for name in "qkv"
        )
        scores = q @ k.swapaxes(1, 2) / jnp.sqrt(token_dim / heads)
        causal = jnp.tril(jnp.ones((16, 16), bool))
        mixed = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf), axis=-1) @ v
        h = h + mixed.swapaxes(0, 1).reshape(16, token_dim) @ w["o"]
        h = h + jnp.tanh(h @ w["up"]) @ w["down"]
        return h[-1] @ w["read"]

    return jax.tree_util.Partial(forward, weights)


def sequences(n, tokens=256, seed=1):
    return np.random.default_rng(seed).integers(0, tokens, (n, 16))
