"""Directions that project inputs of many dimensions to points of the line."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Model, numpy_rng, require_float64, Result

from ._arrays import as_inputs


@dataclasses.dataclass(frozen=True, eq=False)
class Directions(Result):
    """Unit vectors, a centre, and the variance of the inputs along each vector.

    Attributes:
        vectors: One direction per row.
        centre: Subtracted from every input: the mean of the inputs they were made of.
        deviation: Standard deviation of these inputs along each direction.
        share: Share of the total variance of the inputs that lies along each
            direction.
        kind: How the directions were chosen.
    """

    vectors: Float[np.ndarray, "directions dim"]
    centre: Float[np.ndarray, " dim"]
    deviation: Float[np.ndarray, " directions"]
    share: Float[np.ndarray, " directions"]
    kind: str

    def project(self, x: Any) -> Float[np.ndarray, "n directions"]:
        """Inputs as points along each direction.

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
        """Kind and number, in one sentence."""
        count, dim = self.vectors.shape
        noun = "direction" if count == 1 else "directions"
        return (
            f"{count} {self.kind} {noun} in {dim} dimensions, with "
            f"{100 * self.share.min():.3g} to {100 * self.share.max():.3g} % of the "
            "variance each."
        )


def principal_directions(x: Any, count: int = 1) -> Directions:
    """The directions of largest variance.

    Args:
        x: Inputs; those of the train set, unless test inputs may be looked at.
        count: How many.

    Raises:
        ValueError: More directions than dimensions or than samples allow, or constant
            inputs.

    Source:
        arXiv:2405.17479 takes the first one, of train and test inputs together.
    """
    x = as_inputs(x)
    rank = min(x.shape[1], len(x) - 1)
    if not 1 <= count <= rank:
        raise ValueError(
            f"count is {count}; {len(x)} inputs in {x.shape[1]} dimensions have up to "
            f"{rank} principal directions."
        )
    _, _, vectors = np.linalg.svd(x - x.mean(0), full_matrices=False)
    return _seen(vectors[:count], x, "principal")


def random_directions(x: Any, count: int, *, key: Key[Array, ""]) -> Directions:
    """Directions drawn uniformly from the sphere.

    Args:
        x: Inputs, for their centre and spread.
        count: How many.
        key: Random key.
    """
    x = as_inputs(x)
    _check_count(count)
    vectors = numpy_rng(key).standard_normal((count, x.shape[1]))
    return _seen(vectors / np.linalg.norm(vectors, axis=1)[:, None], x, "random")


def gradient_directions(model: Model, x: Any, count: int = 1) -> Directions:
    """The directions in which a function changes most, in mean square.

    Leading eigenvectors of the mean of `∇f ∇fᵀ` over inputs and outputs.

    Args:
        model: A callable that JAX can differentiate at one input.
        x: Inputs, shaped as the model takes them.
        count: How many.

    Raises:
        ValueError: JAX is in float32 mode, or there are fewer directions.
    """
    require_float64("A gradient direction")
    inputs = jnp.asarray(x, float)
    flat = as_inputs(x)
    _check_count(count, flat.shape[1])
    slopes = jax.vmap(jax.jacrev(lambda one: jnp.ravel(model(one))))(inputs)
    rows = np.asarray(slopes).reshape(-1, flat.shape[1])
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return _seen(vectors[:, ::-1].T[:count], flat, "gradient")


def _check_count(count: int, most: int | None = None) -> None:
    if count < 1 or (most is not None and count > most):
        limit = "" if most is None else f" and at most {most}"
        raise ValueError(f"count is {count}; expected at least 1{limit}.")


def _seen(vectors: np.ndarray, x: np.ndarray, kind: str) -> Directions:
    total = x.var(0).sum()
    if not total > 0:
        raise ValueError("all inputs are equal, so that no direction has any variance.")
    largest = np.abs(vectors).argmax(1)  # the sign is a convention: make it one
    vectors = vectors * np.sign(vectors[np.arange(len(vectors)), largest])[:, None]
    variance = ((x - x.mean(0)) @ vectors.T).var(0)
    return Directions(vectors, x.mean(0), np.sqrt(variance), variance / total, kind)
