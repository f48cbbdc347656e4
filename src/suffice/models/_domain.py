"""Domains of inputs: a rank belongs to a model and to a domain."""

import dataclasses

import numpy as np
from jaxtyping import Array, Key, Shaped

from suffice._core import numpy_rng


@dataclasses.dataclass(frozen=True)
class RealSpace:
    """All of R^d (or of real arrays of a shape), sampled at many scales.

    The rank of an analytic model does not depend on the distribution of the inputs, but
    its conditioning does: `x = e^u g` with standard normal `g` and `u` uniform on
    [-2, 2.5] keeps neurons apart that unit Gaussians cannot tell from each other.

    Attributes:
        shape: Shape of one input; an integer stands for a vector of that length.

    Example:
        >>> sf.RealSpace(3).sample(jax.random.key(0), 5).shape
        (5, 3)
    """

    shape: int | tuple[int, ...]

    def sample(self, key: Key[Array, ""], n: int) -> Shaped[np.ndarray, "n ..."]:
        """Draw `n` inputs, stacked along the leading axis."""
        shape = (self.shape,) if isinstance(self.shape, int) else tuple(self.shape)
        rng = numpy_rng(key)
        scale = np.exp(rng.uniform(-2.0, 2.5, size=(n,) + (1,) * len(shape)))
        return scale * rng.standard_normal((n, *shape))


@dataclasses.dataclass(frozen=True)
class Sphere:
    """The sphere of a radius around the origin of R^d, sampled uniformly.

    Example:
        >>> x = sf.Sphere(3, radius=2.0).sample(jax.random.key(0), 5)
        >>> np.linalg.norm(x, axis=1).round(6).tolist()
        [2.0, 2.0, 2.0, 2.0, 2.0]
    """

    dim: int
    radius: float = 1.0

    def sample(self, key: Key[Array, ""], n: int) -> Shaped[np.ndarray, "n dim"]:
        """Draw `n` inputs, stacked along the leading axis."""
        g = numpy_rng(key).standard_normal((n, self.dim))
        return self.radius * g / np.linalg.norm(g, axis=1, keepdims=True)


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """A finite set of inputs: a data set, all entries of a matrix, all tokens.

    Attributes:
        x: The inputs, stacked along the leading axis.

    Example:
        >>> points = sf.Points(np.array([[0.0, 1.0], [1.0, 0.0]]))
        >>> len(points.x)
        2
    """

    x: Shaped[np.ndarray, "n ..."]

    def sample(self, key: Key[Array, ""], n: int) -> Shaped[np.ndarray, "m ..."]:
        """Return all the points: a finite domain is never sub-sampled."""
        del key, n
        return self.x


Domain = RealSpace | Sphere | Points
