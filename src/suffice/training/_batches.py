"""Mini-batches and losses for stochastic training."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float, Int, Key


class Minibatches(eqx.Module):
    """Epochs of mini-batches: every epoch a new order of the samples.

    The order follows from the member's key and the epoch, so that a run can start again
    at any step. The last `n mod size` samples of the order are not used in that epoch.

    Attributes:
        x: Inputs stacked along the leading axis, a pytree of such arrays.
        y: Targets or labels, `(n, ...)`.
        size: Samples of a mini-batch; None takes all samples in every step.
    """

    x: Any
    y: Any
    size: int | None = eqx.field(static=True)

    def __init__(self, x: Any, y: ArrayLike, size: int | None = None):
        """Convert the data to arrays of JAX and check that they agree.

        Raises:
            ValueError: Numbers of inputs and targets differ, there are none, or a
                mini-batch would hold none or more than all of them.
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
        """Inputs and targets of one step."""
        if self.size is None:
            return self.x, self.y
        epoch, place = jnp.divmod(step, len(self.y) // self.size)
        order = jax.random.permutation(jax.random.fold_in(key, epoch), len(self.y))
        chosen = jax.lax.dynamic_slice(order, (place * self.size,), (self.size,))
        return jax.tree.map(lambda leaf: leaf[chosen], (self.x, self.y))


def mean_squared_error(model: Any, batch: tuple[Any, Any]) -> Float[Array, ""]:
    """Mean over samples and outputs of `|f(x) - y|²`, as frameworks define it."""
    x, y = batch
    values = jax.vmap(model)(x)
    return jnp.mean((values - y.reshape(values.shape)) ** 2)


def cross_entropy(model: Any, batch: tuple[Any, Any]) -> Float[Array, ""]:
    """Mean over samples of `-log softmax(f(x))` at the integer label `y`."""
    x, labels = batch
    logits = jax.vmap(model)(x)
    return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels))


def log_steps(steps: int, per_decade: int = 16) -> Int[np.ndarray, " times"]:
    """The steps 0, 1, ..., `steps`, spaced evenly in their logarithm.

    Raises:
        ValueError: No step, or none per decade.
    """
    if steps < 1 or per_decade < 1:
        raise ValueError(
            f"steps is {steps} and per_decade is {per_decade}; expected at least 1."
        )
    powers = np.arange(int(np.log10(steps) * per_decade) + 1) / per_decade
    spaced = np.rint(10.0**powers).astype(int)
    return np.unique(np.concatenate([[0], spaced, [steps]]))
