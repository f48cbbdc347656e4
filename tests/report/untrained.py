"""A transformer with random weights."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import Transformer


def untrained(task):
    """A transformer of two layers for a task, not trained."""
    rng = np.random.default_rng(0)
    shapes = eqx.filter_eval_shape(
        lambda: Transformer.normal(
            task.vocab, task.length, 2, 8, hidden=8, key=jax.random.key(0)
        )
    )
    return jax.tree.map(
        lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape)), shapes
    )
