"""Domains of inputs, on which the rank of a model depends."""

import dataclasses

import numpy as np
from jaxtyping import Array, Key, Shaped

from suffice._core import Model, numpy_rng


@dataclasses.dataclass(frozen=True)
class RealSpace:
    """The space R^d, or that of all real arrays of a shape, sampled at many scales.

    The rank of an analytic model does not depend on the distribution of the inputs, but
    its conditioning does. Samples are `x = e^u g` with standard normal `g` and `u`
    uniform on [-2, 2.5]; they distinguish neurons that inputs of one scale do not.

    Attributes:
        shape: Shape of one input; an integer is the length of a vector.

    Examples:
        >>> sf.RealSpace(3).sample(jax.random.key(0), 5).shape
        (5, 3)
    """

    shape: int | tuple[int, ...]

    def __post_init__(self):
        if not np.all(np.asarray(self.shape) >= 0):
            raise ValueError(f"shape is {self.shape}; expected sizes from 0.")

    def sample(self, key: Key[Array, ""], n: int) -> Shaped[np.ndarray, "n ..."]:
        """Draw `n` random inputs, stacked along the leading axis."""
        shape = input_shape(self)
        rng = numpy_rng(key)
        scale = np.exp(rng.uniform(-2.0, 2.5, size=(n,) + (1,) * len(shape)))
        return scale * rng.standard_normal((n, *shape))


@dataclasses.dataclass(frozen=True)
class Sphere:
    """The sphere around the origin of R^d, sampled uniformly.

    Attributes:
        dim: The dimension `d` of the space.
        radius: The radius, above 0.

    Examples:
        >>> x = sf.Sphere(3, radius=2.0).sample(jax.random.key(0), 5)
        >>> np.linalg.norm(x, axis=1).round(6).tolist()
        [2.0, 2.0, 2.0, 2.0, 2.0]
    """

    dim: int
    radius: float = 1.0

    def __post_init__(self):
        if self.dim < 1 or not 0 < self.radius < float("inf"):
            raise ValueError(
                f"dim is {self.dim} and radius is {self.radius}; expected a dimension "
                "of at least 1 and a finite radius above 0."
            )

    def sample(self, key: Key[Array, ""], n: int) -> Shaped[np.ndarray, "n dim"]:
        """Draw `n` random inputs, stacked along the leading axis."""
        g = numpy_rng(key).standard_normal((n, self.dim))
        return self.radius * g / np.linalg.norm(g, axis=1, keepdims=True)


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """A finite set of inputs, e.g. a data set or all entries of a matrix.

    Attributes:
        x: The inputs, stacked along the leading axis.

    Examples:
        >>> points = sf.Points(np.array([[0.0, 1.0], [1.0, 0.0]]))
        >>> len(points.x)
        2
    """

    x: Shaped[np.ndarray, "n ..."]

    def __post_init__(self):
        if not len(self.x):
            raise ValueError("x holds no inputs; expected at least one.")

    def sample(self, key: Key[Array, ""], n: int) -> Shaped[np.ndarray, "m ..."]:
        """All the points, since a finite domain is never sub-sampled."""
        del key, n
        return self.x


Domain = RealSpace | Sphere | Points


def own_domain(model: Model) -> Domain | None:
    """The domain that a model itself names, if it does."""
    if (domain := getattr(model, "domain", None)) is not None:
        return domain
    if (size := getattr(model, "in_size", None)) is not None:  # an equinox MLP's name
        return RealSpace(() if size == "scalar" else size)
    return None


def input_shape(domain: Domain) -> tuple[int, ...]:
    """The shape of one input."""
    if isinstance(domain, Points):
        return np.shape(domain.x)[1:]
    shape = domain.shape if isinstance(domain, RealSpace) else domain.dim
    return (shape,) if isinstance(shape, int) else tuple(shape)
