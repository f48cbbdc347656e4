"""Networks written down by hand."""

import jax.numpy as jnp

from suffice.models import TwoLayer


def net(w, a, b=None, c=None, activation="tanh"):
    w, a, b, c = (None if v is None else jnp.asarray(v, float) for v in (w, a, b, c))
    return TwoLayer(w, a, b, c, activation)
