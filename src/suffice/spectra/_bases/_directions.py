"""Directions that project inputs of several dimensions to the real line."""

import dataclasses
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Inputs, Model, Numbers, numpy_rng, require_float64, Result

from ._arrays import as_inputs

Kind = Literal["principal", "random", "gradient"]


@dataclasses.dataclass(frozen=True, eq=False)
class Directions(Result):
    """Unit vectors, a centre, and the variance of the inputs along each vector.

    Attributes:
        vectors: One direction per row.
        centre: Mean of the inputs from which the directions were computed; it is
            subtracted from every input.
        deviation: Standard deviation of these inputs along each direction.
        share: Share of the total variance of these inputs along each direction.
        kind: How the directions were chosen: `principal`, `random` or `gradient`.
    """

    vectors: Float[np.ndarray, "directions dim"]
    centre: Float[np.ndarray, " dim"]
    deviation: Float[np.ndarray, " directions"]
    share: Float[np.ndarray, " directions"]
    kind: Kind

    def project(self, x: Numbers) -> Float[np.ndarray, "n directions"]:
        """Return the coordinates of inputs along each direction.

        Raises:
            ValueError: The inputs have another dimension.
        """
        x = as_inputs(x)
        if x.shape[1] != len(self.centre):
            raise ValueError(
                f"x has {x.shape[1]} coordinates per input and the directions "
                f"{len(self.centre)}."
            )
        return (x - self.centre) @ self.vectors.T

    def headline(self) -> str:
        """Return kind and number in one sentence."""
        count, dim = self.vectors.shape
        noun = "direction" if count == 1 else "directions"
        return (
            f"{count} {self.kind} {noun} in {dim} dimensions, with "
            f"{100 * self.share.min():.3g} to {100 * self.share.max():.3g} % of the "
            "variance each."
        )


def principal_directions(x: Numbers, count: int = 1) -> Directions:
    """Return the directions of largest variance.

    Args:
        x: Inputs, usually of the training set.
        count: Number of directions, at least 1.

    Raises:
        ValueError: Dimension and number of the inputs allow fewer directions, or all
            inputs are equal.

    Source:
        arXiv:2405.17479 takes the first direction of training and test inputs together.

    Examples:
        >>> x = np.random.default_rng(0).standard_normal((200, 2)) * [3.0, 1.0]
        >>> sf.spectra.principal_directions(x).share.round(2)
        array([0.9])
    """
    x = as_inputs(x)
    rank = min(x.shape[1], len(x) - 1)
    if not 1 <= count <= rank:
        raise ValueError(
            f"count is {count}; {len(x)} inputs in {x.shape[1]} dimensions have up to "
            f"{rank} principal directions."
        )
    _, _, vectors = np.linalg.svd(x - x.mean(0), full_matrices=False)
    return _described(vectors[:count], x, "principal")


def random_directions(x: Numbers, count: int, *, key: Key[Array, ""]) -> Directions:
    """Return directions drawn uniformly from the sphere.

    Args:
        x: Inputs, for their mean and standard deviation.
        count: Number of directions, at least 1.
        key: Random key.

    Examples:
        >>> x = np.random.default_rng(0).standard_normal((20, 3))
        >>> found = sf.spectra.random_directions(x, 2, key=jax.random.key(0))
        >>> found.vectors.shape
        (2, 3)
    """
    x = as_inputs(x)
    _check_count(count)
    vectors = numpy_rng(key).standard_normal((count, x.shape[1]))
    return _described(vectors / np.linalg.norm(vectors, axis=1)[:, None], x, "random")


def gradient_directions(model: Model, x: Inputs, count: int = 1) -> Directions:
    """Return the directions in which a function changes most, in mean square.

    They are the leading eigenvectors of the mean of `∇f ∇fᵀ` over inputs and outputs.

    Args:
        model: A callable that JAX can differentiate at one input.
        x: Inputs in the shape that the model takes.
        count: Number of directions, from 1 to the dimension of an input.

    Raises:
        ValueError: JAX runs in float32 mode, or there are fewer directions.

    Examples:
        >>> slope = lambda x: jnp.tanh(x[0] + x[1])
        >>> x = np.random.default_rng(0).standard_normal((20, 2))
        >>> sf.spectra.gradient_directions(slope, x).vectors.round(3)
        array([[0.707, 0.707]])
    """
    require_float64("A gradient direction")
    inputs = jnp.asarray(x, float)
    flat = as_inputs(x)
    _check_count(count, flat.shape[1])
    slopes = jax.vmap(jax.jacrev(lambda v: jnp.ravel(model(v))))(inputs)
    rows = np.asarray(slopes).reshape(-1, flat.shape[1])
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return _described(vectors[:, ::-1].T[:count], flat, "gradient")


def _check_count(count: int, most: int | None = None) -> None:
    if count < 1 or (most is not None and count > most):
        limit = "" if most is None else f" and at most {most}"
        raise ValueError(f"count is {count}; expected at least 1{limit}.")


def _described(vectors: np.ndarray, x: np.ndarray, kind: Kind) -> Directions:
    total = x.var(0).sum()
    if not total > 0:
        raise ValueError("all inputs are equal, so that no direction has any variance.")
    largest = np.abs(vectors).argmax(1)  # make the largest coordinate positive
    vectors = vectors * np.sign(vectors[np.arange(len(vectors)), largest])[:, None]
    variance = ((x - x.mean(0)) @ vectors.T).var(0)
    return Directions(vectors, x.mean(0), np.sqrt(variance), variance / total, kind)
