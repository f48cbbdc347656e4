"""The neurons of the irreducible network of a target, and their derivatives."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from suffice._core import given, require_float64
from suffice.models import Activation, TwoLayer
from suffice.reduction import reduce, Reduction

from ._family import family_of

SMALLEST = 1024


class Narrow(NamedTuple):
    """The irreducible neurons of a target on samples.

    Attributes:
        a: Output weights, `(k,)`.
        w: Input weights with the bias last, `(k, D)`.
        x: Samples, `(n, D)`; the last column is 1 if neurons have a bias.
        activation: The activation of the neurons.
    """

    a: np.ndarray
    w: np.ndarray
    x: np.ndarray
    activation: Activation

    @property
    def preactivations(self) -> np.ndarray:
        """The preactivations of all neurons on the samples, `(n, k)`."""
        return self.x @ self.w.T

    def jacobian(self) -> np.ndarray:
        """The tangent matrix, `(n, k (D + 1))`: first values, then slopes."""
        value, slope, _ = derivatives(self.activation, self.preactivations)
        weights = (slope * self.a)[:, :, None] * self.x[:, None, :]
        return np.concatenate([value, weights.reshape(len(self.x), -1)], axis=1)


def narrow(target: TwoLayer, x: Float[np.ndarray, "n dim"]) -> Narrow:
    """The irreducible neurons of a target, and samples that match them.

    Raises:
        ValueError: JAX is in float32 mode; samples have another shape or are not
            finite; or the errors of `irreducible`.
    """
    require_float64("A certificate")
    x = samples_of(target, x)
    small = irreducible(target).model
    if small.b is not None:
        x = np.column_stack([x, np.ones(len(x))])
    return Narrow(np.asarray(small.a), vectors(small), x, target.activation)


def irreducible(model: TwoLayer, *, tolerance: float = 0.0) -> Reduction:
    """The reduction of a network whose function is a sum of neurons only.

    Raises:
        ValueError: The branches of the network are not known, its function is zero, or
            it has an additional constant or linear part.
    """
    family = family_of(model)
    reduction = reduce(model, tolerance=tolerance)
    small, (layer,) = reduction.model, reduction.layers
    if small.width == 0:
        raise ValueError("the function of the model is zero; its intrinsic width is 0.")
    w = vectors(small)
    added = any(not members for members in layer.origins)
    without_inputs = (np.asarray(small.w) == 0).all(axis=1).any()
    opposite = family.signed and (w[:, None] == -w[None]).all(axis=2).any()
    if added or without_inputs or opposite:
        raise ValueError(
            "the function of the model has a constant or linear part beside its "
            "neurons (a neuron with zero input weights, or mirrored neurons); branches "
            "are known only without such a part."
        )
    return reduction


def vectors(model: TwoLayer) -> np.ndarray:
    """Input weights with the bias last, `(width, D)`."""
    w = np.asarray(model.w)
    return w if model.b is None else np.column_stack([w, np.asarray(model.b)])


def samples_of(model: TwoLayer, x) -> np.ndarray:
    """Inputs as a finite float matrix.

    Raises:
        ValueError: The shape is not `(n, inputs)` with `n >= 1`, or an entry is not
            finite.
    """
    x = given(x, float)
    if x.ndim != 2 or x.shape[1] != model.inputs or not len(x):
        raise ValueError(
            f"x has shape {x.shape}; expected (n, {model.inputs}), at least one sample."
        )
    if not np.isfinite(x).all():
        raise ValueError(
            f"x has {np.sum(~np.isfinite(x))} entries that are not finite; drop these "
            "samples."
        )
    return x


def derivatives(activation: Activation, z: np.ndarray) -> tuple[np.ndarray, ...]:
    """`s`, `s'` and `s''` elementwise."""
    size = max(SMALLEST, 1 << (z.size - 1).bit_length())  # few shapes are compiled
    padded = np.zeros(size)
    padded[: z.size] = z.ravel()
    jet = np.asarray(_jet(activation, padded))
    return tuple(row[: z.size].reshape(z.shape) for row in jet)


@functools.partial(jax.jit, static_argnums=0)
def _jet(activation: Activation, z):
    def slope(v):
        return jax.jvp(activation.function, (v,), (jnp.ones_like(v),))[1]

    second = jax.jvp(slope, (z,), (jnp.ones_like(z),))[1]
    return jnp.stack([activation(z), slope(z), second])
