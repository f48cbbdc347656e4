"""The distribution of the inputs of a study, its quantiles and test points."""

from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from suffice.models import Points, RealSpace
from suffice.models._shared import input_shape

Law = Literal["normal", "uniform"]


def shape_of_inputs(model: Any) -> tuple[int, ...]:
    """Return the shape of one input of a model on a real space.

    Raises:
        ValueError: The model has no real space as its `domain`.
    """
    domain = getattr(model, "domain", None)
    if not isinstance(domain, RealSpace):
        raise ValueError(
            f"a {type(model).__name__} does not say where its inputs live; give it a "
            "property `domain`: suffice.models.RealSpace(dim) or Points(x)."
        )
    return input_shape(domain)


def finite_domain(model: Any) -> np.ndarray | None:
    """Return all inputs of a model on a finite domain, else None."""
    domain = getattr(model, "domain", None)
    return np.asarray(domain.x) if isinstance(domain, Points) else None


def drawn(rng: np.random.Generator, n: int, shape, law: Law, scale: float):
    """Draw `n` independent inputs, from N(0, scale^2) or uniform on [-scale, scale]."""
    if law == "uniform":
        return rng.uniform(-scale, scale, (n, *shape))
    return scale * rng.standard_normal((n, *shape))


def test_points(model: Any, law: Law, scale: float, size: int) -> np.ndarray:
    """Return fixed inputs over which errors are averaged, independent of the samples.

    A finite domain is taken as a whole. Otherwise the points are quantiles of the law
    at the midpoints of equal intervals in one dimension, and at Sobol points in more.

    Args:
        model: The model, whose domain gives the shape of an input.
        law: Law of the inputs, `normal` or `uniform`.
        scale: Scale of the law.
        size: Number of points, rounded up to a power of two in several dimensions.
    """
    points = finite_domain(model)
    if points is not None:
        return points
    shape = shape_of_inputs(model)
    inputs = int(np.prod(shape))
    if inputs == 1:
        u = (np.arange(size)[:, None] + 0.5) / size
    else:
        exponent = int(np.ceil(np.log2(size)))
        from scipy.stats import qmc  # slow: what refuses a study does not pay for it

        u = qmc.Sobol(inputs, scramble=False).random_base2(exponent)
        u = (u + 0.5 / len(u)) % 1.0  # away from the corner 0
    x = scale * (2 * u - 1 if law == "uniform" else ndtri(u))
    return x.reshape(len(x), *shape)
