"""A small ensemble with samples of a function."""

import jax
import jax.numpy as jnp
import pytest

from suffice.models import TwoLayer
from suffice.training import ensemble


@pytest.fixture
def problem(key):
    keys = jax.random.split(key, 3)
    x = jax.random.normal(keys[0], (12, 2))
    y = jnp.tanh(x[:, 0])
    models = ensemble(TwoLayer.normal(width=4, inputs=2, key=keys[1]), 3, key=keys[2])
    return models, x, y
