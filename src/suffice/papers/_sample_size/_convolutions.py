"""One function in three architectures: a convolution, no sharing, full connection."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from suffice.models import Convolution, TwoLayer
from suffice.tangent import jacobian, numerical_rank

NAMES = ("convolution", "no sharing", "fully connected")


def at_points(target: Convolution) -> list[Convolution | TwoLayer]:
    """A shared convolution as a parameter of each architecture, idle neurons dropped.

    The neurons of zero output weight get zero kernels in the two others, which changes
    no function and is where the rank is least.
    """
    active = target.a != 0
    kernel = target.kernel.reshape(target.width, *_ones(target), *target.size)
    kernel = jnp.where(active.reshape(*active.shape, *_ones(target)), kernel, 0)
    b = None
    if target.b is not None:
        b = jnp.where(active, target.b.reshape(target.width, *_ones(target)), 0)
    unshared = Convolution(kernel, target.a, b)
    return [target, unshared, unshared.untied()]


def _ones(target: Convolution) -> tuple[int, ...]:
    return (1,) * len(target.positions)


def rank_at(model: Any, seed: int = 4) -> int:
    """The rank of the tangent functions of a network on random inputs, measured."""
    shape = model.shape if isinstance(model, Convolution) else (model.inputs,)
    parameters = sum(leaf.size for leaf in (model.a, _weights(model), model.b) if
                     leaf is not None)  # fmt: skip
    x = np.random.default_rng(seed).standard_normal((parameters + 20, *shape))
    return numerical_rank(jacobian(model, x)).lower


def _weights(model: Convolution | TwoLayer):
    return model.w if isinstance(model, TwoLayer) else model.kernel
