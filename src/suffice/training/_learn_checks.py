"""What `learn` checks before anything is compiled."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ._batches import check_labels, cross_entropy, log_steps, Minibatches


def times_of(at: Any, steps: int) -> np.ndarray:
    """The steps at which members are measured.

    Raises:
        ValueError: They do not increase, or are out of range.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected at least 1.")
    times = log_steps(steps) if at is None else np.atleast_1d(np.asarray(at))
    whole = times.ndim == 1 and np.issubdtype(times.dtype, np.integer)
    if not whole or (np.diff(times) <= 0).any() or not len(times):
        raise ValueError(f"at is {at}; expected increasing whole numbers of steps.")
    if times[0] < 0 or times[-1] > steps:
        raise ValueError(
            f"at goes from {times[0]} to {times[-1]}; expected steps from 0 to {steps}."
        )
    return times


def seeds_of(seed: Any, runs: int) -> jax.Array:
    """One seed for each member.

    Raises:
        ValueError: There are neither one nor `runs` integers.
    """
    seeds = np.asarray(seed)
    if not np.issubdtype(seeds.dtype, np.integer) or seeds.shape not in ((), (runs,)):
        raise ValueError(
            f"seed has shape {seeds.shape} and type {seeds.dtype}; expected one "
            f"integer, or {runs}, one for each member."
        )
    return jnp.asarray(np.broadcast_to(seeds, (runs,)))


def check_stateless(models: Any) -> None:
    """Check that no layer changes while it is used.

    Raises:
        ValueError: There is such a layer, such as `equinox.nn.BatchNorm`.
    """
    leaves = jax.tree.leaves(models, is_leaf=_is_index)
    if any(map(_is_index, leaves)):
        raise ValueError(
            "models has layers with a mutable state, such as equinox.nn.BatchNorm, "
            "which training here does not carry along; use LayerNorm or GroupNorm, or "
            "put the trained statistics into an affine layer."
        )


def _is_index(leaf):
    return isinstance(leaf, eqx.nn.StateIndex)


def check_loss(model: Any, data: Any, loss: Any, key: jax.Array) -> None:
    """Check that the loss of a batch is one real number.

    Raises:
        ValueError: It is not, or a label of `cross_entropy` is outside the classes.
    """

    def value(model, data, key):
        return loss(model, data(key, jnp.asarray(0)))

    value_shape = eqx.filter_eval_shape(value, model, data, key)
    if getattr(value_shape, "shape", None) != ():
        raise ValueError(
            f"loss returns {value_shape} for one batch; expected one real number."
        )
    if loss is cross_entropy and isinstance(data, Minibatches):
        check_labels(model, data)
