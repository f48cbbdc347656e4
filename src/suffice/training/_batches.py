"""Mini-batches and losses for stochastic training."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float, Int, Key

from suffice._core import Inputs, Model


class Minibatches(eqx.Module):
    """Mini-batches, with a new random order of the samples in every epoch.

    The order depends only on the member's key and the epoch, so that a run can resume
    at any step. The last `n mod size` samples of the order are not used in that epoch.

    Attributes:
        x: Inputs stacked along the leading axis, or a pytree of such arrays.
        y: Targets or labels, `(n, ...)`.
        size: Number of samples of a mini-batch, 1 to `n`; None takes all samples in
            every step.

    Examples:
        >>> x = np.arange(4.0)[:, None]
        >>> batches = sf.training.Minibatches(x, x[:, 0], size=2)
        >>> parts = [batches(jax.random.key(0), jnp.array(step))[1] for step in (0, 1)]
        >>> np.sort(np.concatenate(parts))  # an epoch takes every sample once
        array([0., 1., 2., 3.])
    """

    x: Inputs
    y: Array
    size: int | None = eqx.field(static=True)

    def __init__(self, x: Inputs, y: ArrayLike, size: int | None = None):
        """Convert the data to arrays of JAX and check that they agree.

        Raises:
            ValueError: The numbers of inputs and targets differ or are zero, or `size`
                is not between 1 and this number.
        """
        self.x, self.y, self.size = jax.tree.map(jnp.asarray, x), jnp.asarray(y), size
        lengths = {len(leaf) if leaf.ndim else 0 for leaf in jax.tree.leaves(self.x)}
        if lengths != {len(self.y) if self.y.ndim else 0} or lengths == {0}:
            raise ValueError(
                f"x holds {sorted(lengths)} inputs and y has shape {self.y.shape}; "
                "expected as many targets as inputs, at least one, along the leading "
                "axis."
            )
        if size is not None and not 1 <= size <= len(self.y):
            raise ValueError(
                f"size is {size}; expected 1 to {len(self.y)} samples, or None for all."
            )

    def __call__(self, key: Key[Array, ""], step: Int[Array, ""]) -> tuple[Any, Any]:
        """The inputs and targets of one step."""
        if self.size is None:
            return self.x, self.y
        epoch, place = jnp.divmod(step, len(self.y) // self.size)
        order = jax.random.permutation(jax.random.fold_in(key, epoch), len(self.y))
        chosen = jax.lax.dynamic_slice(order, (place * self.size,), (self.size,))
        return jax.tree.map(lambda leaf: leaf[chosen], (self.x, self.y))


def mean_squared_error(
    model: Model, batch: tuple[Inputs, Array | np.ndarray]
) -> Float[Array, ""]:
    """The mean of `(f(x) - y)²` over samples and outputs, a loss for `learn`.

    Examples:
        >>> net = sf.TwoLayer(jnp.ones((2, 1)), jnp.ones(2))
        >>> x, y = jnp.array([[0.0], [1.0]]), jnp.array([0.0, 1.0])
        >>> round(float(sf.training.mean_squared_error(net, (x, y))), 4)
        0.1369
    """
    x, y = batch
    values = jax.vmap(model)(x)
    return jnp.mean((values - y.reshape(values.shape)) ** 2)


def cross_entropy(
    model: Model, batch: tuple[Inputs, Array | np.ndarray]
) -> Float[Array, ""]:
    """The mean of `-log softmax(f(x))` at integer labels `y`, a loss for `learn`.

    A label outside the classes, `0` to the number of outputs less one, gives NaN.

    Raises:
        ValueError: The labels are no integers.

    Examples:
        >>> sure = lambda x: 4 * x
        >>> x, label = jnp.eye(3), jnp.arange(3)
        >>> round(float(sf.training.cross_entropy(sure, (x, label))), 4)
        0.036
    """
    x, labels = batch
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise ValueError(
            f"y holds labels of type {labels.dtype}; expected integers from 0."
        )
    logits = jax.vmap(model)(x)
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    inside = (labels >= 0) & (labels < logits.shape[-1])
    return jnp.mean(jnp.where(inside, losses, jnp.nan))


def check_labels(model: Model, data: Minibatches) -> None:
    """Check that every label is one of the classes, the outputs of the model.

    Raises:
        ValueError: A label is outside the classes.
    """
    sample = jax.tree.map(lambda leaf: leaf[0], data.x)
    classes = eqx.filter_eval_shape(model, sample).shape[-1]
    labels = np.asarray(data.y)
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise ValueError(
            f"y holds {wrong.size} labels outside the {classes} classes, such as "
            f"{wrong[0]}; expected 0 to {classes - 1}, one class per output."
        )


def log_steps(steps: int, per_decade: int = 16) -> Int[np.ndarray, " times"]:
    """Step numbers from 0 to `steps` that are evenly spaced in their logarithm.

    Args:
        steps: The last step, at least 1.
        per_decade: Number of steps per factor of 10, at least 1.

    Returns:
        Increasing integers; 0 and `steps` are among them.

    Raises:
        ValueError: `steps` or `per_decade` is below 1.

    Examples:
        >>> sf.training.log_steps(1000, per_decade=2)
        array([   0,    1,    3,   10,   32,  100,  316, 1000])
    """
    if steps < 1 or per_decade < 1:
        raise ValueError(
            f"steps is {steps} and per_decade is {per_decade}; expected at least 1."
        )
    powers = np.arange(int(np.log10(steps) * per_decade) + 1) / per_decade
    spaced = np.rint(10.0**powers).astype(int)
    return np.unique(np.concatenate([[0], spaced, [steps]]))
