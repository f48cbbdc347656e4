"""A small run of `learn`, and when two of its results are equal."""

import equinox as eqx
import jax
import numpy as np
import optax

from suffice.training import (
    learn,
    mean_squared_error,
    Minibatches,
)

ADAM = optax.adam(1e-2)  # one object: a new one would be a new program


def outputs(x):
    return lambda model: jax.vmap(model)(x)


def leaves(models):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(models) if eqx.is_array(leaf)]


def equal(one, other):
    return all(
        np.array_equal(a, b) for a, b in zip(leaves(one), leaves(other), strict=True)
    )


def run(problem, **options):
    models, x, y = problem
    settings = {
        "loss": mean_squared_error,
        "optimizer": ADAM,
        "steps": 40,
        "measure": outputs(x),
        "seed": 7,
    }
    data = options.pop("data", Minibatches(x, y, 5))
    return learn(options.pop("models", models), data, **(settings | options))
